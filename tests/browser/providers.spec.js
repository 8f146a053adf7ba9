// Every provider of the catalogue: bound, renewed, unbound; and what the person may do otherwise at the provider.

import { test, expect } from './fixtures.js';
import { look, screenshot } from './looks.js';
import { byOAuth, byToken, catalogue, entries } from './scene.js';

/** The pages of one provider differ from those of the next in names alone. */
const keep = (page, name, provider) =>
  [byOAuth[0], byToken[0]].includes(provider) ? look(page, name) : screenshot(page, name);

test('the list has every provider of the catalogue, in its order', async ({ signedIn, page }) => {
  // S-7
  const headings = signedIn.list.getByRole('heading', { level: 2 });
  await expect(headings).toHaveText(catalogue.map((it) => it.display_name));
  for (const provider of catalogue) {
    await signedIn.is(provider, 'Not bound');
    await signedIn.row(provider).getByText('What is asked for, and why').click();
    for (const { name, why } of provider.scopes) {
      await expect(signedIn.row(provider)).toContainText(name);
      await expect(signedIn.row(provider)).toContainText(why);
    }
  }
  await look(page, 'list-unbound');
});

for (const provider of catalogue) {
  test(`${provider.display_name}: bound, renewed and unbound, with a receipt`, async ({ signedIn, page, person, watch }) => {
    // S-6, S-21, S-31
    test.slow();
    const login = await signedIn.bind(provider);
    await expect(signedIn.status).toContainText(`${provider.display_name} account ${login} is bound to ${person}`);
    await expect(signedIn.row(provider)).toContainText(login);
    await expect(page).toHaveURL(/\/console$/);
    await watch.search(page);
    await keep(page, `bound-${provider.id}`, provider);
    const before = (await entries(person))[provider.id];
    expect(before.state).toBe('bound');

    await page.waitForTimeout(1100);
    expect(await signedIn.bind(provider, { action: 'Renew', number: 2 })).toBe(login);
    await expect(signedIn.status).toContainText(`The binding of ${provider.display_name} account ${login} to ${person} is renewed`);
    const renewed = (await entries(person))[provider.id];
    expect([renewed.binding_id, renewed.bound_at]).toEqual([before.binding_id, before.bound_at]);
    expect(renewed.updated_at).not.toBe(before.updated_at);
    await watch.search(page);

    await signedIn.button('Unbind', provider).click();
    const question = page.getByRole('dialog', { name: `Unbind ${provider.display_name} account?` });
    await expect(question).toContainText(login);
    await expect(question).toContainText(person);
    await keep(page, `unbind-${provider.id}`, provider);
    await question.getByRole('button', { name: 'Unbind', exact: true }).click();
    const receipt = page.getByRole('dialog', { name: `${provider.display_name} account unbound` });
    await expect(receipt).toContainText(`${login} is no longer bound to ${person}`);
    await keep(page, `receipt-${provider.id}`, provider);
    await receipt.getByRole('button', { name: 'Close' }).click();
    await signedIn.is(provider, 'Not bound');
    expect((await entries(person))[provider.id].state).toBe('unbound');
    const stored = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]));
    expect(stored).not.toContain(login);
  });
}

for (const provider of catalogue.filter((it) => it.method === 'oauth')) {
  test(`${provider.display_name}: declined at the provider, nothing is bound`, async ({ signedIn, page, person }) => {
    // S-19
    await signedIn.leave(provider);
    await signedIn.consent({ decision: 'Cancel' });
    await signedIn.isListed();
    await expect(page.getByText(`You declined at ${provider.display_name}. Nothing was bound.`)).toBeVisible();
    await signedIn.is(provider, 'Not bound');
    await expect(page).toHaveURL(/\/console$/);
    expect((await entries(person))[provider.id].state).toBe('unbound');
  });
}

for (const provider of catalogue) {
  test(`${provider.display_name}: another account is refused while one is bound`, async ({ signedIn, page, person, watch }) => {
    // S-6
    watch.expect(409);
    const login = await signedIn.bind(provider);
    const options = { action: 'Renew', number: 2, login: `o-${person}`, account: 'hubot-fake' };
    await (provider.method === 'oauth' ? signedIn.authorize(provider, options) : signedIn.bindByToken(provider, options));
    await expect(signedIn.alert.filter({ hasText: /another account/i })).toBeVisible();
    if (byToken.includes(provider) || provider.completion === 'console') {
      await expect(signedIn.dialog).toContainText(login);
      await keep(page, `other-account-${provider.id}`, provider);
      await signedIn.dialog.getByRole('button', { name: 'Cancel' }).click();
    }
    await expect(signedIn.row(provider)).toContainText(login);
    expect((await entries(person))[provider.id].account.login).toBe(login);
  });
}

test('all of them can be bound at once', async ({ signedIn, page }) => {
  test.slow();
  for (const provider of catalogue) {
    await signedIn.bind(provider);
  }
  await signedIn.open();
  await signedIn.isListed();
  for (const provider of catalogue) {
    await signedIn.is(provider, 'Bound');
  }
  await look(page, 'list-bound');
});

test('fewer permissions than asked for are said to be missing, and nothing is bound', async ({ signedIn, page, person }) => {
  for (const provider of byOAuth) {
    await signedIn.leave(provider);
    for (const box of await page.getByRole('checkbox').all()) {
      await box.uncheck();
    }
    await signedIn.consent();
    await signedIn.isListed();
    await expect(signedIn.alert).toContainText(`${provider.display_name} did not grant every permission`);
    expect((await entries(person))[provider.id].state).toBe('unbound');
  }
});
