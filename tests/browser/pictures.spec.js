// The three pictures of the README.

import { test, expect } from './fixtures.js';
import { screenshot } from './looks.js';
import { byConsole, byOAuth, byToken, entered, scene } from './scene.js';
import { Sources } from './sources.js';

const [token] = byToken;

/** A person with a name that reads well, in a page of this size. */
async function signIn(newContext, watch, person, { width, height = 740, ...options }) {
  const page = await (await newContext({ viewport: { width, height }, ...options })).newPage();
  const sources = new Sources(page, person, watch, { instances: ['local-1/team-a'] });
  await sources.open();
  await sources.signIn();
  return sources;
}

test('the list, with accounts bound', async ({ newContext, watch }) => {
  const sources = await signIn(newContext, watch, 'dora', { width: 900, colorScheme: 'light' });
  await sources.bind(byOAuth[0]);
  await sources.bindByToken(token, { login: 'dora-example' });
  await sources.is(token, 'Bound');
  await sources.page.reload();
  await sources.isListed();
  await screenshot(sources.page, 'picture-list');
});

test('a verdict at its field', async ({ newContext, watch }) => {
  watch.expect(422);
  const sources = await signIn(newContext, watch, 'emil', { width: 640, height: 830, colorScheme: 'dark' });
  await sources.button('Bind account', token).click();
  const address = `${scene.usual.simulators[token.id]}/group/project`;
  await sources.fill(token, { ...entered(token, 'emil'), address });
  await sources.submit();
  await expect(sources.field(token.fields[0])).toHaveAttribute('aria-invalid', 'true');
  await screenshot(sources.page, 'picture-token-dialog');
});

test('about to bind, on a narrow screen', async ({ newContext, watch }) => {
  const sources = await signIn(newContext, watch, 'fred', { width: 400, colorScheme: 'light' });
  await sources.leave(byConsole[0]);
  await sources.consent();
  await sources.dialog.getByLabel('Owner').selectOption({ label: 'local-1/team-a' });
  await expect(sources.dialog).toContainText('to local-1/team-a');
  await screenshot(sources.page, 'picture-about-to-bind');
});
