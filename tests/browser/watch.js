// What no page of codebind may do in any test, looked for in all of them: violate its policy, throw, complain, ask
// anybody but the API, the issuer and the providers, or keep a secret where a script, a person or a later visitor
// finds it.

import { scene } from './scene.js';

const OURS = [scene.usual.url, scene.short?.url, scene.elsewhere].filter(Boolean);
const SIMULATORS = [scene.usual, scene.short].filter(Boolean).flatMap((it) => Object.values(it.simulators));
const LOADING_FAILED = /^Failed to load resource: /;

export class Watch {
  /** What went wrong, in words. */
  found = [];
  /** @type {Map<string, string>} texts that must not be seen, and what they are */
  secrets = new Map();
  /** @type {RegExp[]} what a test provokes */
  expected = [];
  origins = new Set();
  further = [];
  /** Answers that are being read for secrets. */
  reading = [];

  /** Lets a complaint pass that the test provokes, such as a status that a call is answered with. */
  expect(...patterns) {
    this.expected.push(...patterns.map((it) => (typeof it === 'number' ? new RegExp(`status of ${it}\\b`) : it)));
  }

  keepSecret(text, what) {
    if (typeof text === 'string' && text.length > 7) {
      this.secrets.set(text, what);
    }
  }

  /** @param {import('@playwright/test').BrowserContext} context */
  async attach(context) {
    await context.addInitScript(() =>
      document.addEventListener('securitypolicyviolation', (event) =>
        console.error(`policy violated: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`),
      ),
    );
    context.on('console', (message) => this.complained(message));
    context.on('weberror', (error) => this.found.push(`thrown: ${error.error().stack ?? error.error()}`));
    context.on('request', (request) => this.asked(request));
    context.on('response', (response) => this.reading.push(this.answered(response)));
  }

  /** The test asks this origin as well, and means it. */
  allow(origin) {
    this.further.push(origin);
  }

  complained(message) {
    const text = message.text();
    const isProvoked = this.expected.some((it) => it.test(text));
    if (['error', 'warning'].includes(message.type()) && !isProvoked) {
      const where = LOADING_FAILED.test(text) ? ` (${message.location().url})` : '';
      this.found.push(`console ${message.type()}: ${text}${where}`);
    }
  }

  asked(request) {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol)) {
      this.origins.add(url.origin);
      if (![...OURS, ...SIMULATORS, ...this.further].includes(url.origin)) {
        this.found.push(`asked another origin: ${request.url()}`);
      }
    }
    const bearer = /^Bearer (.+)$/.exec(request.headers().authorization ?? '')?.[1];
    this.keepSecret(bearer, 'the access_token');
    const sent = bodyOf(request);
    for (const name of ['token', 'grant', 'completion_secret', 'refresh_token', 'code_verifier', 'code']) {
      this.keepSecret(sent[name], `a ${name} that was sent`);
    }
  }

  async answered(response) {
    const url = new URL(response.url());
    this.keepSecret(/#completion_secret=(.+)$/.exec(response.headers().location ?? '')?.[1], 'the completion secret');
    if (url.pathname === '/dev/oauth/token' || url.pathname === '/v1/grants') {
      const body = await response.json().catch(() => ({}));
      for (const name of ['access_token', 'refresh_token', 'id_token', 'grant']) {
        this.keepSecret(body[name], `the ${name}`);
      }
    }
  }

  /** Looks through a page for secrets. Called at the end of every test, and after each flow. */
  async search(page) {
    if (page.isClosed() || !OURS.includes(new URL(page.url()).origin)) {
      return;
    }
    await Promise.all(this.reading.splice(0));
    const places = await page.evaluate(lookEverywhere);
    for (const [place, text] of Object.entries(places)) {
      for (const [secret, what] of this.secrets) {
        if (text.includes(secret) || text.includes(encodeURIComponent(secret))) {
          this.found.push(`${what} is in ${place} of ${page.url()}`);
        }
      }
    }
    if (places.cookies !== '') {
      this.found.push(`a script can read cookies: ${places.cookies}`);
    }
    // Where the issuer is of the same origin, its page has a sign-in that is under way.
    if (/codebind\.sign-in\./.test(places.sessionStorage) && !new URL(page.url()).pathname.startsWith('/dev/')) {
      this.found.push(`a sign-in was left in sessionStorage: ${places.sessionStorage}`);
    }
  }
}

/** Runs in the page: everything that outlives a moment, as text. */
function lookEverywhere() {
  const fields = [...document.querySelectorAll('input, textarea, select')].map((it) => it.value);
  return {
    document: document.documentElement.outerHTML,
    fields: fields.join('\n'),
    localStorage: JSON.stringify({ ...localStorage }),
    sessionStorage: JSON.stringify({ ...sessionStorage }),
    cookies: document.cookie,
    address: location.href,
    history: JSON.stringify([history.state, ...(window.navigation?.entries() ?? []).map((it) => [it.url, it.getState()])]),
    name: window.name,
    referrer: document.referrer,
  };
}

function bodyOf(request) {
  const text = request.postData() ?? '';
  try {
    return JSON.parse(text);
  } catch {
    return Object.fromEntries(new URLSearchParams(text));
  }
}
