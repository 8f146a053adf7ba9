// The page of its own: reads its configuration, signs the person in, and mounts the console. A console that is part of
// another page needs none of this, but console.js and a token (see README.md).

import { takeArrival, takeSignInAnswer } from './arrival.js';
import { mount } from './console.js';
import { html, nothing, render } from './lit-html.js';
import { LANGUAGES, preferredLanguage, words } from './messages.js';
import { noticeBox } from './notice.js';
import { createSignIn, wasSignedIn } from './sign-in.js';
import { local } from './storage.js';

const root = document.getElementById('app');
// First of all, so that neither a code nor a secret stays in the address while anything is awaited.
const answer = takeSignInAnswer();
let arrival = takeArrival();
/** Where the console is mounted. */
const place = html`<div id="console"></div>`;
let t = words(preferredLanguage());
let signIn, mounted, notice;
let [isSignedIn, isLeaving] = [false, false];

/** Decides what the page is: on its way to the issuer, signed out, or the console. */
async function begin() {
  drawLeaving();
  let config;
  try {
    const response = await fetch(new URL('../config.json', import.meta.url), { cache: 'no-store' });
    config = await response.json();
    // What is not a configuration has no issuer, and fails here too.
    signIn = createSignIn(config);
    if (isOtherNameOf(new URL(config.api))) {
      location.replace(new URL(location.pathname, config.api));
      return;
    }
  } catch {
    const action = { text: t('retry'), run: () => location.reload() };
    drawSignedOut({ kind: 'error', title: t('configFailed'), action });
    return;
  }
  if (answer) {
    await finishSignIn(config);
  } else if (arrival.result || wasSignedIn()) {
    await leaveToSignIn(true);
  } else {
    drawSignedOut();
  }
}

/** Whether this is the API's own machine under its other name: there it sends nobody back, and its cookie is not here. */
function isOtherNameOf(api) {
  const isLoopback = (name) => name === 'localhost' || name === '127.0.0.1';
  const areBoth = isLoopback(api.hostname) && isLoopback(location.hostname);
  return areBoth && api.port === location.port && api.hostname !== location.hostname;
}

async function finishSignIn(config) {
  try {
    arrival = await signIn.complete(answer);
    drawConsole(config);
  } catch (error) {
    // Never tried again by itself: a refusal would come back for ever.
    arrival = error.view ?? arrival;
    drawSignedOut(signInNotice(error));
  }
}

async function leaveToSignIn(isReplacing) {
  drawLeaving();
  try {
    await signIn.begin(arrival, isReplacing);
  } catch (error) {
    drawSignedOut(signInNotice(error.code ? {} : { message: 'unreachable' }));
  }
}

const signInNotice = ({ message }) =>
  message === 'unreachable'
    ? { kind: 'error', title: t('signInUnreachable'), text: t('signInUnreachableText') }
    : { kind: 'error', title: t('signInFailed'), text: t('signInFailedText') };

function drawConsole(config) {
  isSignedIn = true;
  draw(place);
  mounted = mount(document.getElementById('console'), {
    api: config.api,
    token: (wish) => signIn.token(wish),
    language: t.language,
    completion: config.completion,
    arrival,
    onSignInNeeded(view) {
      arrival = view;
      leaveToSignIn(false);
    },
  });
}

function drawSignedOut(what) {
  notice = what;
  isLeaving = false;
  draw(html`<section class="codebind codebind-alone">
    <h1>${t('title')}</h1>
    <p class="muted">${t('lead')}</p>
    ${notice ? html`<div role="alert">${noticeBox(t, notice)}</div>` : html`<p>${t('signedOutText')}</p>`}
    ${signIn
      ? html`<p><button type="button" class="button button-primary" @click=${() => leaveToSignIn(false)}>${t('signIn')}</button></p>`
      : nothing}
  </section>`);
}

function drawLeaving() {
  isLeaving = true;
  mounted?.unmount();
  mounted = undefined;
  draw(html`<section class="codebind codebind-alone" aria-busy="true">
    <h1>${t('title')}</h1>
    <div role="status"><p class="waiting"><span class="spinner" aria-hidden="true"></span> ${t('signingIn')}</p></div>
  </section>`);
}

function draw(main) {
  document.documentElement.lang = t.language;
  document.title = t('title');
  render(html`<header class="bar codebind">
      <span class="brand" translate="no">codebind</span>
      <div class="bar-end">
        ${isSignedIn && signIn.name() ? html`<span class="who">${t.rich('signedInAs', { name: signIn.name() })}</span>` : nothing}
        <label class="language"><span class="hidden">${t('language')}</span>
          <select @change=${(event) => speak(event.target.value)}>
            ${Object.entries(LANGUAGES).map(
              ([tag, own]) => html`<option value=${tag} lang=${tag} .selected=${tag === t.language}>${own}</option>`,
            )}
          </select>
        </label>
        ${isSignedIn ? html`<button type="button" class="button button-quiet" @click=${signOut}>${t('signOut')}</button>` : nothing}
      </div>
    </header>
    <main>${main}</main>`, root);
}

function speak(language) {
  local.set('language', language);
  t = words(language);
  if (mounted) {
    draw(place);
    mounted.setLanguage(language);
  } else if (isLeaving) {
    drawLeaving();
  } else {
    drawSignedOut(notice && signInNotice({}));
  }
}

async function signOut() {
  isSignedIn = false;
  drawLeaving();
  await signIn.signOut();
}

// The browser kept the page while the issuer's was open, and the person came back from there without signing in.
window.addEventListener('pageshow', (event) => {
  if (event.persisted && !mounted) {
    drawSignedOut();
  }
});

begin();
