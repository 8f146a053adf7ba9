// The page as an operator hosts it: on another site than the API, with a sign-in of its own there.

import { test, expect } from './fixtures.js';
import { byOAuth, byToken, entries, scene } from './scene.js';
import { Sources } from './sources.js';

const HOSTED = `${scene.elsewhere}/hosted/`;

test('hosted on another site: sign-in, a token, and an authorization that the console completes', async ({ page, person, watch }) => {
  // S-16, S-22
  const sources = new Sources(page, person, watch);
  await page.goto(HOSTED);
  await sources.signIn();
  await expect(page).toHaveURL(HOSTED);
  await sources.bind(byToken[0]);
  await sources.leave(byOAuth[0]);
  await sources.consent();
  await expect(sources.dialog).toContainText('You are about to bind');
  await expect(page).toHaveURL(HOSTED);
  await sources.submit();
  await sources.is(byOAuth[0], 'Bound');
  const bound = await entries(person);
  expect([bound[byToken[0].id].state, bound[byOAuth[0].id].state]).toEqual(['bound', 'bound']);
  await watch.search(page);
  await page.reload();
  await sources.isListed();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  await expect(page).toHaveURL(HOSTED);
});
