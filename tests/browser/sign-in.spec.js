// Signing in and out at the development issuer, and what may go wrong with it.

import { test, expect } from './fixtures.js';
import { look } from './looks.js';
import { onRedirect } from './redirects.js';
import { scene } from './scene.js';

const button = (page) => page.getByRole('button', { name: 'Sign in', exact: true });

test('a person signs in at the picker, sees the list, and signs out', async ({ sources, page, person }) => {
  await sources.open();
  await expect(page.getByRole('heading', { level: 1, name: 'Code sources' })).toBeVisible();
  await look(page, 'signed-out');
  await button(page).click();
  await page.waitForURL(/\/dev\/authorize/);
  await look(page, 'issuer-picker');
  await sources.pick();
  await sources.isListed();
  await expect(page).toHaveURL(`${scene.usual.url}/console`);
  await expect(page.getByText(person).first()).toBeVisible();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(button(page)).toBeVisible();
  // The issuer's session has ended too: whoever comes next is asked who they are.
  await button(page).click();
  await expect(page.getByLabel('Name')).toBeVisible();
});

for (const name of ['alice', 'bob', 'carol']) {
  test(`the picker knows ${name}`, async ({ sources, page }) => {
    await sources.open();
    await button(page).click();
    await page.getByRole('button', { name: `Sign in as ${name}` }).click();
    await sources.isListed();
    await expect(page.getByText(name).first()).toBeVisible();
  });
}

test('a reload signs in again without a question, as the issuer has a session', async ({ signedIn, page }) => {
  await page.reload();
  await signedIn.isListed();
  await expect(page).toHaveURL(`${scene.usual.url}/console`);
});

test('no token outlives the page: storage holds no more than that this tab was signed in', async ({ signedIn, page, watch }) => {
  const stored = await page.evaluate(() => [Object.keys(sessionStorage), Object.keys(localStorage)]);
  expect(stored).toEqual([['codebind.signed-in'], []]);
  await watch.search(page);
  expect([...watch.secrets.values()]).toContain('the access_token');
  await signedIn.isListed();
});

test("the issuer's error shows the button and does not loop", async ({ sources, page }) => {
  const asked = [];
  page.on('request', (request) => request.url().includes('/dev/authorize') && asked.push(request.url()));
  await page.route(/\/dev\/authorize/, (route) => {
    const query = new URL(route.request().url()).searchParams;
    const back = new URL(query.get('redirect_uri'));
    const answer = { error: 'access_denied', error_description: '<img src=x>', state: query.get('state'), iss: `${scene.usual.url}/dev` };
    Object.entries(answer).forEach(([name, value]) => back.searchParams.set(name, value));
    return route.fulfill({ status: 303, headers: { location: back.href } });
  });
  await sources.open();
  await button(page).click();
  await expect(sources.alert).toContainText('The sign-in was not completed');
  await expect(page).toHaveURL(`${scene.usual.url}/console`);
  await look(page, 'sign-in-failed');
  await page.waitForTimeout(500);
  expect(asked.length).toBe(1);
  await expect(button(page).or(page.getByRole('button', { name: 'Sign in again' })).first()).toBeVisible();
});

test("an answer with another state is refused, and its code is not used", async ({ sources, page }) => {
  const exchanged = [];
  page.on('request', (request) => request.url().endsWith('/dev/oauth/token') && exchanged.push(request.url()));
  await sources.open(`?code=forged&state=forged&iss=${encodeURIComponent(`${scene.usual.url}/dev`)}`);
  await expect(sources.alert).toContainText('The sign-in was not completed');
  expect(exchanged).toEqual([]);
  await expect(page).toHaveURL(`${scene.usual.url}/console`);
});

test("an answer to another browser's sign-in signs nobody in", async ({ sources, page, newContext }) => {
  // Login by a link: the attacker begins, signs in as himself, and has the victim open the answer.
  const attacker = await (await newContext()).newPage();
  const answer = onRedirect(attacker, /\/dev\/authorize/);
  await attacker.goto(`${scene.usual.url}/console`);
  await button(attacker).click();
  await attacker.getByRole('button', { name: 'Sign in as bob' }).click();
  await page.goto(await answer);
  await expect(sources.alert).toContainText('The sign-in was not completed');
  await expect(sources.list).toHaveCount(0);
});

test('an ID token with another nonce is refused', async ({ sources, page }) => {
  await page.route(/\/dev\/authorize\?/, (route) => {
    const url = new URL(route.request().url());
    url.searchParams.set('nonce', 'another');
    return route.continue({ url: url.href });
  });
  await sources.open();
  await button(page).click();
  await sources.pick();
  await expect(sources.alert).toContainText('The sign-in was not completed');
  await expect(sources.list).toHaveCount(0);
});

test('an answer of another issuer is refused', async ({ sources, page }) => {
  onRedirect(page, /\/dev\/authorize/, (location) => location.replace(/iss=[^&]*/, 'iss=https%3A%2F%2Fevil.example'));
  await sources.open();
  await button(page).click();
  await sources.pick();
  await expect(sources.alert).toContainText('The sign-in was not completed');
  await expect(sources.list).toHaveCount(0);
});

test('an issuer that cannot be reached is said to be', async ({ sources, page, watch }) => {
  watch.expect(/net::ERR_FAILED/);
  await page.route(/\.well-known/, (route) => route.abort());
  await sources.open();
  await button(page).click();
  await expect(sources.alert).toContainText('The sign-in service cannot be reached');
  await page.unroute(/\.well-known/);
  await button(page).or(page.getByRole('button', { name: 'Retry' })).first().click();
  await sources.pick();
  await sources.isListed();
});
