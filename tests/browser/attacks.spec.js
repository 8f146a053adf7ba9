// What somebody else may try by links, forms and other browsers.

import { test, expect } from './fixtures.js';
import { onRedirect } from './redirects.js';
import { byConsole, byOAuth, call, entries, scene } from './scene.js';
import { Sources } from './sources.js';

const [github] = byOAuth;
const [bitbucket] = byConsole;
const CONSOLE = `${scene.usual.url}/console`;

/** The link back from the provider, which the person may be sent by somebody else. */
const holdCallback = (page) => onRedirect(page, /\/decision$/);

/** Another person in another browser. */
async function another(newContext, watch, name) {
  const sources = new Sources(await (await newContext()).newPage(), name, watch);
  await sources.open();
  await sources.signIn();
  return sources;
}

test('wrong browser: a callback that another browser brings is refused, and the starter cannot use it afterwards', async ({ signedIn, person, newContext, watch }) => {
  // S-18
  watch.expect(400, 403, 410);
  const callback = holdCallback(signedIn.page);
  await signedIn.leave(github);
  await signedIn.consent();
  const link = await callback;

  const victim = await another(newContext, watch, `v-${person}`);
  await victim.page.goto(link);
  await expect(victim.page.getByRole('heading', { level: 1 })).not.toHaveText(/bound/i);
  expect((await entries(`v-${person}`))[github.id].state).toBe('unbound');
  await victim.open();
  await victim.is(github, 'Not bound');

  await signedIn.page.goto(link);
  await expect(signedIn.page.getByText(/bound to/)).toHaveCount(0);
  expect((await entries(person))[github.id].state).toBe('unbound');
});

test("trick link: the attacker's callback, opened by a victim who is signed in, binds nothing to the victim", async ({ signedIn, person, newContext, watch }) => {
  // S-18
  watch.expect(400, 403, 410);
  const attacker = await another(newContext, watch, `a-${person}`);
  const callback = holdCallback(attacker.page);
  await attacker.leave(github);
  await attacker.consent({ account: 'attackers-own' });
  await signedIn.page.goto(await callback);
  await signedIn.open();
  await signedIn.isListed();
  await signedIn.is(github, 'Not bound');
  expect((await entries(person))[github.id].state).toBe('unbound');
});

test('trick link: a forged result claims no binding', async ({ signedIn, page, person }) => {
  // S-21
  for (const result of ['bound', 'renewed']) {
    await page.goto('about:blank');
    await page.goto(`${CONSOLE}?result=${result}&provider=${github.id}`);
    await signedIn.isListed();
    await expect(page).toHaveURL(CONSOLE);
    await expect(signedIn.alert).toContainText('Nothing is bound');
    await expect(signedIn.status).not.toContainText('is bound to');
    await signedIn.is(github, 'Not bound');
  }
  expect((await entries(person))[github.id].state).toBe('unbound');
});

test("trick link: the completion secret of an attacker's authorization is refused to the victim, and destroyed", async ({ signedIn, page, person, newContext, watch }) => {
  // S-22
  watch.expect(400, 403, 410);
  const attacker = await another(newContext, watch, `a-${person}`);
  const callback = holdCallback(attacker.page);
  await attacker.leave(bitbucket);
  await attacker.consent({ account: 'attackers-own' });
  const link = await callback;
  // The attacker takes the secret from the answer, past the page.
  const answer = await fetch(link, { redirect: 'manual' });
  const trick = answer.headers.get('location');
  expect(trick).toContain('#completion_secret=');
  watch.keepSecret(trick.split('=').at(-1), 'the completion secret');

  await page.goto(trick);
  await signedIn.isListed();
  await expect(signedIn.alert).toBeVisible();
  await expect(signedIn.dialog).toHaveCount(0);
  await expect(page).toHaveURL(CONSOLE);
  await watch.search(page);
  expect((await entries(person))[bitbucket.id].state).toBe('unbound');

  await attacker.page.goto(trick);
  await attacker.isListed();
  await expect(attacker.dialog).toHaveCount(0);
  await expect(attacker.alert).toBeVisible();
  expect((await entries(`a-${person}`))[bitbucket.id].state).toBe('unbound');
});

test('a victim who has to sign in first is protected all the same', async ({ sources, page, person, newContext, watch }) => {
  // S-22
  watch.expect(400, 403, 410);
  const attacker = await another(newContext, watch, `a-${person}`);
  const callback = holdCallback(attacker.page);
  await attacker.leave(bitbucket);
  await attacker.consent({ account: 'attackers-own' });
  const trick = (await fetch(await callback, { redirect: 'manual' })).headers.get('location');
  await page.goto(trick);
  await sources.pick();
  await sources.isListed();
  await expect(sources.alert).toBeVisible();
  await expect(sources.dialog).toHaveCount(0);
  expect((await entries(person))[bitbucket.id].state).toBe('unbound');
});

const HOSTILE = [
  'result=<img src=x onerror=alert(1)>&provider=<b>forged</b>',
  'result="><script>alert(1)</script>&provider=javascript:alert(1)',
  'result=declined&provider=<img src=x onerror=alert(1)>',
  'result=complete&provider=__proto__',
  'result=constructor&provider=toString',
  'result=bound&provider=../../owners',
  'result=you_have_won_a_prize&provider=nobody',
  'owner=javascript:alert(1)',
  'owner=../../providers%3F',
  'owner=%E0%A4%A',
  'owner=instances/%252e%252e/x&result=bound',
];
const apiPath = (request) => /^https?:\/\/[^/]+(\/v1\/[^?]*)/.exec(request.url())?.[1];

test('text that a link brings is never shown as it stands, and never becomes a path', async ({ signedIn, page, watch }) => {
  // S-13, S-21
  watch.expect(410);
  const asked = [];
  page.on('request', (request) => apiPath(request) && asked.push(apiPath(request)));
  for (const query of HOSTILE) {
    await page.goto('about:blank');
    await page.goto(`${CONSOLE}?${query.replace(/[<> "]/g, encodeURIComponent)}#completion_secret=%3Cimg%3E`);
    await signedIn.isListed();
    await expect(page).toHaveURL(CONSOLE);
    expect(await page.title()).toBe('Code sources');
    const html = await page.locator('body').innerHTML();
    for (const mark of ['onerror', '<b>', 'forged', '__proto__', 'javascript:', '../']) {
      expect(html, query).not.toContain(mark);
    }
  }
  const known = ['/v1/owners', '/v1/providers', '/v1/users/me/bindings', '/v1/grants'];
  expect(asked.filter((it) => !known.includes(it))).toEqual([]);
});

test('the page cannot be framed, neither by others nor by itself', async ({ page, watch }) => {
  watch.expect(/frame-ancestors|Refused to frame|Framing/);
  await page.goto(`${scene.elsewhere}/framing`);
  const frame = page.frames().find((it) => it !== page.mainFrame());
  await expect.poll(() => frame.evaluate(() => document.querySelector('#app') === null).catch(() => true)).toBe(true);
  const { headers } = await fetchPage('/console');
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
});

test('the page and its parts carry the headers that keep them safe', async () => {
  const { headers, text } = await fetchPage('/console');
  const policy = headers.get('content-security-policy');
  for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'"]) {
    expect(policy).toContain(part);
  }
  expect(policy).not.toContain('unsafe');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
});

test('inline script that got into the page would not run', async ({ signedIn, page, watch }) => {
  watch.expect(/policy violated|Content Security Policy|TrustedHTML|trusted/i);
  const ran = await page.evaluate(() => {
    const element = document.createElement('div');
    try {
      element.innerHTML = '<img src="x" onerror="window.taken = true">';
    } catch {
      return 'refused';
    }
    return 'taken';
  });
  expect(ran).toBe('refused');
  await signedIn.isListed();
});

test('a person without a right to the instance in the address asks for nothing of it', async ({ signedIn, page, person, watch }) => {
  // S-2
  watch.expect(403);
  const asked = [];
  page.on('request', (request) => request.url().includes('/instances/') && asked.push(request.url()));
  await page.goto(`${CONSOLE}?owner=instances/local-1/of-somebody-else`);
  await signedIn.isListed();
  expect(asked).toEqual([]);
  expect((await call(person, 'GET', 'instances/local-1/of-somebody-else/bindings')).status).toBe(403);
});

async function fetchPage(path) {
  const answer = await fetch(`${scene.usual.url}${path}`);
  return { headers: answer.headers, text: await answer.text() };
}
