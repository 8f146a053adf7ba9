// What browsers do: going back, several tabs, caches, and how much is loaded.

import { chromium } from '@playwright/test';
import { test, expect } from './fixtures.js';
import { byOAuth, byToken, call, entered, scene } from './scene.js';
import { Sources } from './sources.js';

const [oauth, token] = [byOAuth[0], byToken[0]];

test('back from the provider: the page works as before', async ({ signedIn, page }) => {
  await signedIn.leave(oauth);
  await page.goBack();
  await signedIn.isListed();
  await expect(page).toHaveURL(`${scene.usual.url}/console`);
  const bind = signedIn.button('Bind account', oauth);
  await expect(bind).not.toHaveAttribute('aria-disabled', 'true');
  const login = await signedIn.bind(oauth);
  await expect(signedIn.status).toContainText(`account ${login} is bound to`);
});

test('back from the provider with the page kept as it was (bfcache): it works as before', async ({ person, watch }) => {
  const args = { ignoreDefaultArgs: ['--disable-back-forward-cache'], args: ['--enable-features=BackForwardCache'] };
  const browser = await chromium.launch({ executablePath: scene.chromium, ...args });
  try {
    const context = await browser.newContext({ locale: 'en-US' });
    await watch.attach(context);
    const page = await context.newPage();
    const sources = new Sources(page, person, watch);
    await beStorable(page);
    await sources.open();
    await sources.signIn();
    await page.evaluate(() => addEventListener('pageshow', (event) => (window.wasKept = event.persisted)));
    await sources.leave(oauth);
    await page.goBack({ waitUntil: 'commit' });
    await sources.isListed();
    expect(await page.evaluate(() => window.wasKept)).toBe(true);
    await expect(sources.button('Bind account', oauth)).not.toHaveAttribute('aria-disabled', 'true');
    await sources.bind(oauth);
    await watch.search(page);
  } finally {
    await browser.close();
  }
  expect(watch.found).toEqual([]);
});

/** Chromium keeps no page that is not to be stored; other browsers do. Here the page may be. */
async function beStorable(page) {
  const client = await page.context().newCDPSession(page);
  await client.send('Fetch.enable', { patterns: [{ urlPattern: '*/console*', resourceType: 'Document', requestStage: 'Response' }] });
  client.on('Fetch.requestPaused', ({ requestId, responseStatusCode: responseCode, responseHeaders }) => {
    const headers = responseHeaders.filter((it) => it.name.toLowerCase() !== 'cache-control');
    client.send('Fetch.continueResponse', { requestId, responseCode, responseHeaders: headers });
  });
}

test('back after binding repeats nothing: neither the result nor the sign-in', async ({ signedIn, page }) => {
  await signedIn.bind(oauth);
  await page.reload();
  await signedIn.isListed();
  await expect(signedIn.status).not.toContainText('is bound to');
  await signedIn.unbind(oauth);
  await signedIn.dialog.getByRole('button', { name: 'Close' }).click();
  await page.goBack().catch(() => {});
  await signedIn.open();
  await signedIn.isListed();
  await signedIn.is(oauth, 'Not bound');
  await expect(signedIn.status).not.toContainText('is bound to');
});

test('what is bound in one tab is seen in the other when it is looked at', async ({ signedIn, context, person, watch }) => {
  const other = new Sources(await context.newPage(), person, watch);
  await other.open();
  await other.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await other.isListed();
  await other.bindByToken(token);
  await other.is(token, 'Bound');
  await signedIn.is(token, 'Not bound');
  // Headless tabs are always seen; the event is what a browser sends when one comes to the front.
  await signedIn.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await signedIn.is(token, 'Bound');
});

test('two attempts in two tabs do not disturb each other: both finish', async ({ signedIn, context, person, watch }) => {
  // S-15
  const other = new Sources(await context.newPage(), person, watch);
  await other.open();
  await other.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await other.isListed();
  await signedIn.leave(byOAuth[0]);
  await other.leave(byOAuth[1]);
  await signedIn.consent();
  await other.consent();
  await signedIn.is(byOAuth[0], 'Bound');
  await other.is(byOAuth[1], 'Bound');
  await expect(signedIn.status).toContainText(`${byOAuth[0].display_name} account`);
  await expect(other.status).toContainText(`${byOAuth[1].display_name} account`);
});

test('two tabs that bind the same account at once: one binds, the other renews', async ({ signedIn, context, person, watch }) => {
  // S-15, S-42
  const other = new Sources(await context.newPage(), person, watch);
  await other.open();
  await other.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await other.isListed();
  await Promise.all([signedIn.leave(oauth), other.leave(oauth)]);
  await Promise.all([signedIn.consent(), other.consent()]);
  await signedIn.is(oauth, 'Bound');
  await other.is(oauth, 'Bound');
});

test('a cold load is less than 100 KB over the network, and a second one comes from the cache', async ({ page, person, watch }) => {
  const sources = new Sources(page, person, watch);
  await call(person, 'PUT', `users/me/bindings/${token.id}`, entered(token, person));
  const client = await page.context().newCDPSession(page);
  await client.send('Network.enable');
  let loaded = [];
  const urls = new Map();
  client.on('Network.responseReceived', ({ requestId, response }) => urls.set(requestId, response));
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const response = urls.get(requestId);
    if (response && new URL(response.url).pathname.startsWith('/console')) {
      loaded.push({ url: new URL(response.url).pathname, bytes: response.fromDiskCache ? 0 : encodedDataLength, encoding: response.headers['content-encoding'] });
    }
  });
  const total = () => loaded.reduce((sum, it) => sum + it.bytes, 0);
  await sources.open();
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  await page.waitForLoadState('networkidle');
  const cold = total();
  test.info().annotations.push({ type: 'cold load', description: `${cold} bytes in ${loaded.length} files` });
  console.log(`cold load: ${cold} bytes in ${loaded.length} answers`);
  expect(loaded.length).toBeGreaterThan(5);
  expect(cold).toBeLessThan(100_000);
  expect(loaded.filter((it) => /\.(js|css)$/.test(it.url) && it.encoding !== 'gzip')).toEqual([]);

  loaded = [];
  await sources.signIn();
  await page.waitForLoadState('networkidle');
  console.log(`second load: ${total()} bytes in ${loaded.length} answers`);
  const versioned = loaded.filter((it) => /^\/console\/[^/]+\/[^/]+$/.test(it.url));
  expect(versioned.filter((it) => it.bytes > 0)).toEqual([]);
  expect(total()).toBeLessThan(5_000);
});

test('nobody is asked but the API, the issuer and where avatars are', async ({ signedIn, watch, page }) => {
  await signedIn.bindByToken(token);
  await signedIn.is(token, 'Bound');
  await page.waitForLoadState('networkidle');
  // The watch of every test refuses other origins; here is what there was.
  const others = [...watch.origins].filter((it) => it !== scene.usual.url);
  const avatars = Object.values(scene.usual.simulators).map((it) => new URL(it).origin);
  expect(others.filter((it) => !avatars.includes(it))).toEqual([]);
  expect(watch.origins.has(scene.usual.url)).toBe(true);
});

test('the page under the machine\'s other name goes to where codebind is, and binds there', async ({ sources, page, watch }) => {
  const elsewhere = new URL(`${scene.usual.url}/console`);
  elsewhere.hostname = '127.0.0.1';
  watch.allow(elsewhere.origin);
  await page.goto(elsewhere.href);
  await expect(page).toHaveURL(`${scene.usual.url}/console`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await sources.pick();
  await sources.isListed();
  const login = await sources.bind(oauth);
  await expect(sources.status).toContainText(`account ${login} is bound to`);
});
