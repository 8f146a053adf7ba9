// For whom is bound: the person alone, or a registry instance that several may act for.

import { test, expect } from './fixtures.js';
import { look } from './looks.js';
import { byOAuth, byToken, call, entries, scene } from './scene.js';
import { Sources } from './sources.js';

const [oauth, token] = [byOAuth[0], byToken[0]];

test('a binding of an instance is seen by everybody who may act for it, and by nobody else', async ({ newContext, person, watch }) => {
  // S-2
  const instance = `local-1/shared-${person}`;
  const open = async (name, instances) => {
    const sources = new Sources(await (await newContext()).newPage(), `${name}-${person}`, watch, { instances });
    await sources.open();
    await sources.signIn();
    return sources;
  };
  const alice = await open('alice', [instance, `local-2/own-${person}`]);
  await alice.owner.selectOption({ label: instance });
  await alice.isListed();
  await expect(alice.page).toHaveURL(`${scene.usual.url}/console?owner=${encodeURIComponent(`instances/${instance}`)}`);
  const login = await alice.bind(oauth);
  await expect(alice.owner).toHaveValue(`instances/${instance}`);
  await expect(alice.status).toContainText(`${oauth.display_name} account ${login} is bound to ${instance}`);
  await alice.bind(token);
  await look(alice.page, 'instance');

  const bob = await open('bob', [instance]);
  await bob.is(oauth, 'Not bound');
  await bob.owner.selectOption({ label: instance });
  await bob.is(oauth, 'Bound');
  await expect(bob.row(oauth)).toContainText(`alice-${person}`);

  const carol = await open('carol', []);
  await expect(carol.owner.getByRole('option')).toHaveCount(1);
  await carol.is(oauth, 'Not bound');
  // A link to an owner that is not hers shows hers, and says so.
  await carol.open(`?owner=${encodeURIComponent(`instances/${instance}`)}`);
  await carol.isListed();
  await expect(carol.alert).toContainText('That owner is not yours to see');
  await expect(carol.page).toHaveURL(`${scene.usual.url}/console`);
  await carol.is(oauth, 'Not bound');

  // What is unbound by one is unbound for all.
  await bob.unbind(oauth);
  await bob.dialog.getByRole('button', { name: 'Close' }).click();
  await alice.page.reload();
  await alice.isListed();
  await alice.is(oauth, 'Not bound');
});

test('owners are grouped by edition and region, and the choice outlives a reload', async ({ page, person, watch }) => {
  const instances = [`local-1/one-${person}`, `local-1/two-${person}`, `local-2/three-${person}`];
  const sources = new Sources(page, person, watch, { instances });
  await sources.open();
  await sources.signIn();
  const groups = await sources.owner.locator('optgroup').evaluateAll((all) => all.map((it) => [it.label, ...[...it.children].map((o) => o.text)]));
  expect(groups).toEqual([
    ['Personal edition', person],
    ['Enterprise edition · local-1', instances[0], instances[1]],
    ['Enterprise edition · local-2', instances[2]],
  ]);
  await sources.owner.selectOption({ label: instances[2] });
  await sources.isListed();
  await page.reload();
  await sources.isListed();
  await expect(sources.owner).toHaveValue(`instances/${instances[2]}`);
});

test('names that need escaping are owners like others', async ({ page, person, watch }) => {
  // S-4
  const instance = `local-1/a%2Fb ü&?#<i>${person}`;
  const sources = new Sources(page, person, watch, { instances: [] });
  await sources.open();
  await sources.signIn();
  await page.route('**/v1/owners', async (route) => {
    const json = await (await route.fetch()).json();
    const [region, name] = ['local-1', instance.slice(8)];
    json.owners.push({ kind: 'instance', path: `instances/${region}/${encodeURIComponent(name)}`, name: instance, region, instance: name });
    return route.fulfill({ json });
  });
  await page.reload();
  await sources.isListed();
  const asked = page.waitForRequest((it) => it.url().includes('/instances/'));
  await page.route('**/v1/instances/**', (route) => route.fulfill({ json: { owner: instance, bindings: [] } }));
  await sources.owner.selectOption({ label: instance });
  expect(new URL((await asked).url()).pathname).toBe(`/v1/instances/local-1/${encodeURIComponent(instance.slice(8))}/bindings`);
  await sources.isListed();
  await page.reload();
  await sources.isListed();
  await expect(sources.owner.locator('option:checked')).toHaveText(instance);
});

test('a provider that is bound for the person is not bound for the instance, and the other way round', async ({ signedIn, person }) => {
  // S-5
  const instance = signedIn.instances[0];
  await call(person, 'PUT', `users/me/bindings/${token.id}`, bodyFor(person), { instances: signedIn.instances });
  await signedIn.open();
  await signedIn.is(token, 'Bound');
  await signedIn.owner.selectOption({ label: instance });
  await signedIn.is(token, 'Not bound');
  await signedIn.bindByToken(token, { login: `i-${person}` });
  await expect(signedIn.status).toContainText(`is bound to ${instance}`);
  await signedIn.is(token, 'Bound');
  expect((await entries(person))[token.id].account.login).toBe(`t-${person}`);
  expect((await entries(person, `instances/${instance}`, signedIn.instances))[token.id].account.login).toBe(`i-${person}`);
});

function bodyFor(person) {
  return { username: `t-${person}`, token: `glpat-api-t-${person}` };
}
