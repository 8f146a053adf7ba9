// Binding by personal access token: the verdict stands at the field that it is about, and no token stays on the page.

import { test, expect } from './fixtures.js';
import { look } from './looks.js';
import { byToken, entered, entries, lackingToken, scene } from './scene.js';

const withAddress = byToken.find((it) => it.fields.some((field) => field.type === 'address'));
const fieldOf = (provider, name) => provider.fields.find((it) => it.name === name);

/** Sends the dialog and expects a verdict at a field. */
async function refused(sources, provider, values, name, words) {
  await sources.fill(provider, values);
  await sources.submit();
  const input = sources.field(fieldOf(provider, name));
  await expect(input).toHaveAccessibleDescription(words);
  await expect(input).toHaveAttribute('aria-invalid', 'true');
  await expect(input).toBeFocused();
  // Whatever is wrong, the token has left the page.
  for (const field of provider.fields.filter((it) => it.type === 'secret')) {
    await expect(sources.field(field)).toHaveValue('');
  }
  await sources.watch.search(sources.page);
}

for (const provider of byToken) {
  test(`${provider.display_name}: an invalid token, one that lacks a scope, and none at all`, async ({ signedIn, page, person, watch }) => {
    // S-27, S-28, S-29
    watch.expect(422, 403);
    await signedIn.button('Bind account', provider).click();
    await expect(page.getByRole('dialog', { name: `Bind ${provider.display_name} account` })).toBeVisible();
    await expect(signedIn.field(fieldOf(provider, 'token'))).toHaveAttribute('type', 'password');
    await look(page, `token-dialog-${provider.id}`);
    const good = entered(provider, person);
    await refused(signedIn, provider, { ...good, token: `nonsense-${person}` }, 'token', /./);
    await look(page, `token-invalid-${provider.id}`);
    await refused(signedIn, provider, { token: lackingToken(provider, person) }, 'token', /./);
    for (const { name } of provider.scopes.slice(0, 1)) {
      await expect(signedIn.dialog).toContainText(name);
    }
    await signedIn.fill(provider, { token: '   ' });
    await signedIn.submit();
    await expect(signedIn.field(fieldOf(provider, 'token'))).toHaveAccessibleDescription(/Fill in this field/);
    expect((await entries(person))[provider.id].state).toBe('unbound');
    await signedIn.fill(provider, good);
    await signedIn.submit();
    await signedIn.is(provider, 'Bound');
    await watch.search(page);
  });

  test(`${provider.display_name}: nothing is sent while a required field is empty`, async ({ signedIn, page }) => {
    const sent = [];
    page.on('request', (request) => request.method() === 'PUT' && sent.push(request.url()));
    await signedIn.button('Bind account', provider).click();
    await signedIn.submit();
    const first = provider.fields.find((it) => it.required);
    await expect(signedIn.field(first)).toBeFocused();
    await expect(signedIn.field(first)).toHaveAccessibleDescription(/Fill in this field/);
    expect(sent).toEqual([]);
    await look(page, `token-empty-${provider.id}`);
  });
}

const good = (person) => entered(withAddress, person);

test('an address that is refused says why at the address, and suggests the one that was meant', async ({ signedIn, page, person, watch }) => {
  // S-23, S-24, S-25, S-27
  watch.expect(422, 502, 504);
  await signedIn.button('Bind account', withAddress).click();
  const simulator = scene.usual.simulators[withAddress.id];
  const link = `${simulator}/group/project`;
  await refused(signedIn, withAddress, { ...good(person), address: link }, 'address', new RegExp(simulator.replace(/\W/g, '.')));
  await look(page, 'address-project-link');
  for (const address of ['gitlab.example', 'ftp://gitlab.example', 'https://gitlab.example:22', 'http://169.254.169.254', 'http://127.0.0.1:1']) {
    await refused(signedIn, withAddress, { ...good(person), address }, 'address', /./);
  }
  await refused(signedIn, withAddress, { ...good(person), address: simulator, username: 'somebody-else' }, 'username', /./);
  expect((await entries(person))[withAddress.id].state).toBe('unbound');
  await signedIn.fill(withAddress, good(person));
  await signedIn.submit();
  await signedIn.is(withAddress, 'Bound');
});

test('the link to where tokens are made follows the address', async ({ signedIn }) => {
  await signedIn.button('Bind account', withAddress).click();
  const link = signedIn.dialog.getByRole('link', { name: /Create a token/ });
  await expect(link).toHaveAttribute('href', withAddress.credential_url);
  await signedIn.fill(withAddress, { address: 'https://git.example.org/' });
  await signedIn.field(fieldOf(withAddress, 'username')).focus();
  const path = withAddress.credential_url.slice(withAddress.default_address.length);
  await expect(link).toHaveAttribute('href', `https://git.example.org${path}`);
  await signedIn.fill(withAddress, { address: 'javascript:alert(1)' });
  await signedIn.field(fieldOf(withAddress, 'username')).focus();
  await expect(link).toHaveAttribute('href', withAddress.credential_url);
  await expect(link).toHaveAttribute('rel', /noreferrer|noopener/);
});

test('a warning of the binding stays in its row', async ({ signedIn, page, person }) => {
  await signedIn.bindByToken(withAddress);
  await signedIn.is(withAddress, 'Bound');
  await expect(signedIn.row(withAddress)).toContainText('The address is http: the token and the source code travel unencrypted.');
  await look(page, 'warning');
  expect((await entries(person))[withAddress.id].state).toBe('bound');
});

for (const provider of byToken.filter((it) => it.fields.some((field) => field.type === 'boolean'))) {
  const field = provider.fields.find((it) => it.type === 'boolean');
  test(`${provider.display_name}: "${field.label}" is a box, sent as a boolean`, async ({ signedIn, page, person }) => {
    // S-67
    for (const [number, isOn] of [[1, true], [2, false]]) {
      const sent = page.waitForRequest((it) => it.method() === 'PUT');
      await signedIn.button(number === 1 ? 'Bind account' : 'Renew', provider).click();
      await expect(signedIn.field(field)).toBeChecked({ checked: number === 2 });
      await signedIn.fill(provider, { ...entered(provider, person, number), [field.name]: isOn });
      await signedIn.submit();
      await expect(signedIn.dialog).toHaveCount(0);
      const body = (await sent).postDataJSON();
      expect(body[field.name] ?? false).toBe(isOn);
      expect((await entries(person))[provider.id].rotates).toBe(isOn);
    }
  });
}

test('the token is out of its field in the moment it is sent, and while the answer takes its time', async ({ signedIn, page, person, watch }) => {
  let answer;
  await page.route(`**/bindings/${withAddress.id}`, async (route) => {
    await new Promise((resolve) => (answer = resolve));
    await route.continue();
  });
  await signedIn.bindByToken(withAddress);
  await expect(signedIn.field(fieldOf(withAddress, 'token'))).toHaveValue('');
  await watch.search(page);
  await expect(signedIn.dialog.getByRole('button', { name: /Checking/ })).toBeVisible();
  // Nothing closes and nothing is sent twice meanwhile.
  await page.keyboard.press('Escape');
  await expect(signedIn.dialog).toBeVisible();
  await look(page, 'checking');
  answer();
  await signedIn.is(withAddress, 'Bound');
  expect((await entries(person))[withAddress.id].account.login).toBe(`t-${person}`);
});
