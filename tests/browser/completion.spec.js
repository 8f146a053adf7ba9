// Where the owner is chosen after consent: "You are about to bind … to …".

import { test, expect } from './fixtures.js';
import { look } from './looks.js';
import { byConsole, byOAuth, catalogue, entries, scene } from './scene.js';
import { Sources } from './sources.js';

const back = (page) => page.waitForURL((url) => url.pathname === '/console' || url.origin === scene.elsewhere);

/** The step in between, as far as the question. */
async function askedFor(sources, provider, options) {
  await sources.leave(provider);
  await sources.consent(options);
  await back(sources.page);
  await expect(sources.dialog).toContainText('You are about to bind');
  const [, login] = /You are about to bind (.*) to /.exec(await sources.dialog.innerText());
  return login;
}

for (const provider of byConsole) {
  test(`${provider.display_name}: the owner is chosen after consent`, async ({ signedIn, page, person, watch }) => {
    // S-22
    const instance = signedIn.instances[0];
    const login = await askedFor(signedIn, provider);
    await expect(page.getByRole('dialog', { name: 'Bind account' })).toBeVisible();
    await expect(signedIn.dialog).toContainText(`You are about to bind ${login} to ${person}`);
    await expect(page).toHaveURL(`${scene.usual.url}/console`);
    await watch.search(page);
    await look(page, 'about-to-bind');
    await signedIn.dialog.getByLabel('Owner').selectOption({ label: instance });
    await expect(signedIn.dialog).toContainText(`You are about to bind ${login} to ${instance}`);
    await signedIn.submit();
    await expect(signedIn.status).toContainText(`${provider.display_name} account ${login} is bound to ${instance}`);
    await signedIn.is(provider, 'Bound');
    await expect(signedIn.owner).toHaveValue(`instances/${instance}`);
    expect((await entries(person))[provider.id].state).toBe('unbound');
    expect((await entries(person, `instances/${instance}`, [instance]))[provider.id].account.login).toBe(login);
  });

  test(`${provider.display_name}: cancelling binds nothing, and what was cancelled is gone`, async ({ signedIn, page, person, watch }) => {
    // S-22
    await askedFor(signedIn, provider);
    await signedIn.dialog.getByRole('button', { name: 'Cancel' }).click();
    await expect(signedIn.dialog).toHaveCount(0);
    await signedIn.is(provider, 'Not bound');
    await watch.search(page);
    await page.reload();
    await signedIn.isListed();
    await expect(signedIn.dialog).toHaveCount(0);
    expect((await entries(person))[provider.id].state).toBe('unbound');
  });

  test(`${provider.display_name}: a reload in between loses the grant, and says so`, async ({ signedIn, page, person }) => {
    await askedFor(signedIn, provider);
    await page.reload();
    await signedIn.isListed();
    await expect(signedIn.dialog).toHaveCount(0);
    await expect(signedIn.alert).toContainText('The binding was not finished');
    await signedIn.is(provider, 'Not bound');
    expect((await entries(person))[provider.id].state).toBe('unbound');
    // And it is said once.
    await page.reload();
    await signedIn.isListed();
    await expect(signedIn.alert).toHaveCount(0);
  });

  test(`${provider.display_name}: a completion secret is good once`, async ({ signedIn, page, watch, newContext }) => {
    // S-22
    watch.expect(410);
    const redirected = page.waitForResponse((it) => /completion_secret=/.test(it.headers().location ?? ''));
    await askedFor(signedIn, provider);
    const { location } = (await redirected).headers();
    await signedIn.submit();
    await signedIn.is(provider, 'Bound');
    // The same person opens the address again, in another browser too.
    await page.goto('about:blank');
    await page.goto(location);
    await signedIn.isListed();
    await expect(signedIn.alert).toBeVisible();
    await expect(signedIn.dialog).toHaveCount(0);
    const elsewhere = new Sources(await (await newContext()).newPage(), signedIn.person, watch);
    await elsewhere.page.goto(location);
    await elsewhere.pick();
    await elsewhere.isListed();
    await expect(elsewhere.alert).toBeVisible();
    await expect(elsewhere.dialog).toHaveCount(0);
    await elsewhere.is(provider, 'Bound');
  });

  test(`${provider.display_name}: the grant's failure is said in the dialog, and trying again may help`, async ({ signedIn, page, watch }) => {
    watch.expect(503);
    await askedFor(signedIn, provider);
    let isDown = true;
    await page.route(`**/v1/users/me/bindings/${provider.id}`, (route) =>
      isDown ? route.fulfill({ status: 503, json: { message: 'Service Unavailable' } }) : route.continue(),
    );
    await signedIn.submit();
    await expect(signedIn.dialog.getByRole('alert')).toContainText('codebind is not available');
    isDown = false;
    await signedIn.submit();
    await signedIn.is(provider, 'Bound');
  });
}

for (const provider of catalogue.filter((it) => it.method === 'oauth')) {
  test(`embedded in a page of another site, ${provider.display_name} is bound by the console`, async ({ page, person, watch }) => {
    // S-22: the attempt's cookie does not reach another site's page, and the signed-in console proves the caller instead.
    const instance = `local-1/of-${person}`;
    const sources = new Sources(page, person, watch);
    await page.goto(`${scene.elsewhere}/as?person=${person}`);
    await sources.isListed();
    const login = await askedFor(sources, provider);
    expect(new URL(page.url()).href).toBe(`${scene.elsewhere}/`);
    await sources.dialog.getByLabel('Owner').selectOption({ label: instance });
    await expect(sources.dialog).toContainText(`You are about to bind ${login} to ${instance}`);
    await sources.submit();
    await sources.is(provider, 'Bound');
    expect((await entries(person, `instances/${instance}`, [instance]))[provider.id].account.login).toBe(login);
    await watch.search(page);
    if (provider === byOAuth[0]) {
      await look(page, 'embedded');
    }
    await sources.unbind(provider);
    await sources.dialog.getByRole('button', { name: 'Close' }).click();
    await sources.is(provider, 'Not bound');
  });
}
