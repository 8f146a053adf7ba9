// An API that is slow, away, overrun or broken, and a sign-in that has ended.

import { test, expect } from './fixtures.js';
import { problemDocument } from './answers.js';
import { look } from './looks.js';
import { byOAuth, byToken, catalogue, scene } from './scene.js';
import { Sources } from './sources.js';

const LIST = '**/v1/users/me/bindings';
const [oauth, token] = [byOAuth[0], byToken[0]];

test('while the API takes its time the page says so, and nothing jumps', async ({ signedIn, page }) => {
  let answer;
  await page.route(LIST, async (route) => {
    await new Promise((resolve) => (answer = resolve));
    await route.continue();
  });
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(signedIn.status).toContainText('Loading');
  await look(page, 'loading');
  await expect(signedIn.status).toContainText('This takes longer than usual');
  await look(page, 'slow');
  answer();
  await signedIn.isListed();
  await expect(signedIn.status).not.toContainText('This takes longer than usual');
});

const FAILURES = {
  'a problem of the API': [problemDocument(500, 'internal', { detail: 'Something broke here.' }), 'Something broke here.', 500],
  "the gateway's own refusal": [{ status: 503, json: { message: 'Service Unavailable' } }, 'codebind is not available', 503],
  'a connection that breaks': [null, 'codebind cannot be reached', /net::ERR_/],
  'an answer that is no JSON': [{ status: 200, contentType: 'text/html', body: '<h1>proxy</h1>' }, 'The answer could not be read', /never/],
};
for (const [name, [answer, words, complaint]] of Object.entries(FAILURES)) {
  test(`${name} is said, and Retry helps`, async ({ signedIn, page, watch }) => {
    watch.expect(complaint);
    let isDown = true;
    let failed = 0;
    await page.route(LIST, async (route) => {
      if (!isDown) {
        return route.continue();
      }
      await (answer ? route.fulfill(answer) : route.abort('connectionreset'));
      failed += 1;
    });
    await page.reload();
    await expect(signedIn.alert).toContainText(words);
    await look(page, `failed-${Object.keys(FAILURES).indexOf(name)}`);
    const retry = page.getByRole('button', { name: 'Retry' });
    await retry.click();
    await expect.poll(() => failed).toBe(2);
    await expect(retry).toBeEnabled();
    await expect(signedIn.alert).toContainText(words);
    isDown = false;
    await retry.click();
    await signedIn.isListed();
    await expect(signedIn.alert).toHaveCount(0);
  });
}

test('who asks too often is told when to try again, and can only then', async ({ signedIn, page, watch }) => {
  watch.expect(429);
  let isBusy = true;
  const answer = problemDocument(429, 'rate_limited', { retry_after: 2 });
  await page.route(LIST, (route) => (isBusy ? route.fulfill(answer) : route.continue()));
  await page.reload();
  await expect(signedIn.alert).toContainText('Try again in 2 seconds.');
  const retry = page.getByRole('button', { name: 'Retry' });
  await expect(retry).toBeDisabled();
  isBusy = false;
  await expect(retry).toBeEnabled();
  await retry.click();
  await signedIn.isListed();
});

test('what is shown stays while a later look at it fails', async ({ signedIn, page, watch }) => {
  watch.expect(503);
  await page.route(LIST, (route) => route.fulfill({ status: 503, json: { message: 'Service Unavailable' } }));
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await expect(signedIn.alert).toContainText('What is shown may be out of date.');
  for (const provider of catalogue) {
    await signedIn.is(provider, 'Not bound');
  }
});

test('a start that fails leaves the person where they are', async ({ signedIn, page, watch }) => {
  watch.expect(503);
  const answer = problemDocument(503, 'registration_incomplete', { detail: 'The operator has work to do.' });
  await page.route(`**/bindings/${oauth.id}/authorization`, (route) => route.fulfill(answer));
  await signedIn.button('Bind account', oauth).click();
  await expect(signedIn.alert).toContainText('The operator has work to do.');
  await expect(signedIn.alert).toContainText('request-1');
  await expect(signedIn.button('Bind account', oauth)).toBeEnabled();
});

test('where it is not known whether it was bound, the list tells', async ({ signedIn, page, watch }) => {
  watch.expect(/net::ERR_/);
  // The request takes effect, and its answer is lost.
  await page.route(`**/bindings/${token.id}`, async (route) => {
    await route.fetch();
    await route.abort('connectionreset');
  });
  await signedIn.bindByToken(token);
  await expect(signedIn.dialog.getByRole('alert')).toContainText('codebind cannot be reached');
  await signedIn.dialog.getByRole('button', { name: 'Cancel' }).click();
  await signedIn.is(token, 'Bound');
});

test('an expired sign-in is said, with a way back to the same owner', async ({ page, person, watch }) => {
  watch.expect(401);
  const sources = new Sources(page, person, watch, { world: scene.short });
  await page.route('**/console/config.json', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), scope: 'openid' } });
  });
  await sources.open();
  await sources.signIn();
  await sources.owner.selectOption({ label: sources.instances[0] });
  await sources.isListed();
  await page.waitForTimeout(scene.shortSeconds * 1000 + 500);
  await sources.button('Bind account', oauth).click();
  await expect(sources.alert).toContainText('Your sign-in has expired');
  await look(page, 'expired-sign-in');
  await sources.alert.getByRole('button', { name: 'Sign in again' }).click();
  await sources.isListed();
  await expect(sources.owner).toHaveValue(`instances/${sources.instances[0]}`);
});

test('with a refresh token nobody notices that access tokens end', async ({ page, person, watch }) => {
  const sources = new Sources(page, person, watch, { world: scene.short });
  await sources.open();
  await sources.signIn();
  const refreshes = [];
  page.on('request', (it) => it.url().endsWith('/dev/oauth/token') && refreshes.push(new URLSearchParams(it.postData()).get('grant_type')));
  await page.waitForTimeout(scene.shortSeconds * 1000 + 500);
  await sources.bindByToken(token);
  await sources.is(token, 'Bound');
  expect(refreshes.length).toBeGreaterThan(0);
  expect(new Set(refreshes)).toEqual(new Set(['refresh_token']));
  await expect(sources.alert.filter({ hasText: /expired/ })).toHaveCount(0);
  await watch.search(page);
});
