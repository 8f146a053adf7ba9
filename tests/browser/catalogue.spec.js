// The page is drawn from the catalogue alone: a provider that was never heard of works without a change of the page.

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test, expect } from './fixtures.js';
import { look } from './looks.js';
import { catalogue, scene } from './scene.js';

const INVENTED = {
  id: 'invented',
  display_name: 'Invented <b>Forge</b>',
  method: 'personal_access_token',
  available: true,
  completion: 'callback',
  revocable: true,
  default_address: 'https://forge.example',
  credential_url: 'https://forge.example/tokens',
  organization_access_url: null,
  push_builds: { supported: false, needs: null },
  scopes: [{ name: 'forge:read', why: 'To read what was forged.' }],
  fields: [
    { name: 'address', label: 'Forge', help: 'Where the forge is.', required: false, type: 'address' },
    { name: 'smith', label: 'Smith', help: 'Who forges.', required: true, type: 'text' },
    { name: 'token', label: 'Forge token', help: 'Made at the forge.', required: true, type: 'secret' },
    { name: 'novel', label: 'Something novel', help: 'Of a type that is not known yet.', required: false, type: 'riddle' },
    { name: 'hot', label: 'Strike while hot', help: 'Or later.', required: false, type: 'boolean' },
  ],
};

/** Adds providers to what the API answers. */
async function invent(page, ...providers) {
  await page.route('**/v1/providers', async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    await route.fulfill({ response, json: { ...json, providers: [...json.providers, ...providers] } });
  });
}

test('a provider that the page never heard of appears, with a dialog that works', async ({ sources, page, watch }) => {
  // S-7, S-8
  await invent(page, INVENTED);
  let sent;
  await page.route('**/v1/users/me/bindings/invented', (route) => {
    sent = route.request().postDataJSON();
    return route.fulfill({ status: 422, contentType: 'application/problem+json', json: problem('smith', 'Nobody of that name forges here.') });
  });
  watch.expect(422);
  await sources.open();
  await sources.signIn();
  await sources.is(INVENTED, 'Not bound');
  await expect(sources.row(INVENTED).locator('b')).toHaveCount(0);
  await sources.button('Bind account', INVENTED).click();
  const dialog = page.getByRole('dialog', { name: `Bind ${INVENTED.display_name} account` });
  await expect(dialog).toContainText('forge:read');
  await expect(dialog).toContainText('To read what was forged.');
  await expect(dialog.getByRole('link')).toHaveAttribute('href', 'https://forge.example/tokens');
  for (const field of INVENTED.fields) {
    await expect(sources.field(field)).toHaveAccessibleDescription(field.help);
  }
  // What is not known may be a secret.
  await expect(sources.field(INVENTED.fields[3])).toHaveAttribute('type', 'password');
  await sources.fill(INVENTED, { smith: 'wayland', token: 'forge-token-of-wayland', hot: true });
  await look(page, 'invented-dialog');
  await sources.submit();
  const smith = sources.field(INVENTED.fields[1]);
  await expect(smith).toHaveAccessibleDescription(/Nobody of that name forges here\./);
  await expect(smith).toHaveAttribute('aria-invalid', 'true');
  expect(sent).toEqual({ smith: 'wayland', token: 'forge-token-of-wayland', hot: true });
});

test('an invented OAuth provider is left for where the API says, and nowhere else', async ({ sources, page }) => {
  const forge = { ...INVENTED, method: 'oauth', fields: [], default_address: null };
  await invent(page, forge);
  let url = 'javascript:document.title="taken over"';
  await page.route('**/v1/users/me/bindings/invented/authorization', (route) =>
    route.fulfill({ status: 201, json: { authorization_url: url, expires_in: 600 } }),
  );
  await sources.open();
  await sources.signIn();
  await sources.button('Bind account', forge).click();
  await expect(sources.alert).toBeVisible();
  expect(await page.title()).toBe('Code sources');
  for (url of ['data:text/html,<h1>forged</h1>', '//evil.example', 'vbscript:x', '']) {
    await sources.button('Bind account', forge).click();
    await expect(sources.alert).toBeVisible();
    await expect(page).toHaveURL(`${scene.usual.url}/console`);
  }
  url = `${scene.elsewhere}/alive`;
  await sources.button('Bind account', forge).click();
  await page.waitForURL(url);
});

test('a provider that the operator has not set up is shown and cannot be bound', async ({ sources, page }) => {
  const off = { ...INVENTED, available: false };
  await invent(page, off);
  await sources.open();
  await sources.signIn();
  await sources.is(off, 'Not offered');
  await expect(sources.row(off).getByRole('button')).toHaveCount(0);
  await look(page, 'not-offered');
});

test('the page names no provider', async () => {
  // S-8
  const ours = readdirSync(scene.page).filter((it) => /\.(js|html|css)$/.test(it) && !/^(lit-html|oauth4webapi)\.js$/.test(it));
  expect(ours.length).toBeGreaterThan(5);
  for (const file of ours.filter((it) => it !== 'icon.js')) {
    const text = readFileSync(join(scene.page, file), 'utf8').toLowerCase();
    for (const { id } of catalogue) {
      expect(text.split(/[^a-z0-9.-]+/), file).not.toContain(id);
    }
  }
});

for (const [name, inPackage] of [['lit-html', 'lit-html.js'], ['oauth4webapi', 'build/index.js']]) {
  test(`${name} is the file of its package, byte for byte`, async () => {
    const find = createRequire(import.meta.url);
    const installed = join(dirname(find.resolve('axe-core/package.json')), '..', name, inPackage);
    expect(readFileSync(join(scene.page, `${name}.js`)).equals(readFileSync(installed))).toBe(true);
  });
}

function problem(field, detail) {
  const code = 'wrong_username';
  return { type: `urn:codebind:problem:${code}`, title: 'Not the username', status: 422, detail, code, field, request_id: 'r-1' };
}
