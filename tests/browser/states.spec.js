// Every state that a binding can be in, and what unbinding asks and tells.

import { test, expect } from './fixtures.js';
import { answerEntries, entryIn, problemDocument, STATES } from './answers.js';
import { look } from './looks.js';
import { byOAuth, byToken, call, catalogue, entered, entries, scene } from './scene.js';

for (const [state, { says, members }] of Object.entries(STATES)) {
  test(`a binding that is ${state.replace('_', ' ')} says so, and what to do`, async ({ signedIn, page }) => {
    // S-34
    const providers = state === 'rotating' ? byToken : catalogue;
    await answerEntries(page, ...providers.map((it) => entryIn(state, it)));
    await page.reload();
    await signedIn.isListed();
    for (const provider of providers) {
      await signedIn.is(provider, says);
      const row = signedIn.row(provider);
      await expect(row).toContainText('octo-fake');
      await expect(signedIn.button('Renew', provider)).toBeVisible();
      await expect(signedIn.button('Unbind', provider)).toBeVisible();
      if (members.problem) {
        await expect(row).toContainText(members.problem.detail);
      }
      if (state === 'expiring') {
        await expect(row).toContainText(/Expires in 5 days/);
      }
      if (state === 'rotating') {
        await expect(row).toContainText(/Replaced before .*, without you/);
      }
    }
    await look(page, `state-${state}`);
  });
}

test('missing permissions are named', async ({ signedIn, page }) => {
  const entry = { ...entryIn('bound', byOAuth[0]), scopes: [], missing_scopes: byOAuth[0].scopes.map((it) => it.name) };
  await answerEntries(page, entry);
  await page.reload();
  await signedIn.isListed();
  for (const { name } of byOAuth[0].scopes) {
    await expect(signedIn.row(byOAuth[0])).toContainText(name);
  }
  await look(page, 'missing-scopes');
});

test('hostile names of accounts and owners are text, and hostile addresses no links', async ({ signedIn, page }) => {
  const evil = '"><img src=x onerror=alert(1)>‮evil';
  const account = { id: '1', login: evil, name: `${evil} name`, avatar_url: 'javascript:alert(1)', profile_url: 'javascript:alert(1)' };
  const entry = { ...entryIn('degraded', byToken[0]), account, bound_by: evil, address: 'javascript:alert(1)', scopes: [evil] };
  entry.problem = { ...entry.problem, detail: evil };
  await answerEntries(page, entry);
  await page.reload();
  await signedIn.isListed();
  await expect(signedIn.row(byToken[0])).toContainText('<img src=x onerror=alert(1)>');
  const links = await signedIn.row(byToken[0]).getByRole('link').evaluateAll((all) => all.map((it) => it.getAttribute('href')));
  expect(links.filter((it) => it && !/^https?:/.test(it))).toEqual([]);
  expect(await page.locator('img[src="x"]').count()).toBe(0);
  await signedIn.button('Unbind', byToken[0]).click();
  await expect(signedIn.dialog).toContainText('<img src=x onerror=alert(1)>');
  await look(page, 'hostile-names');
});

test('unbinding can be left: by Cancel and by Escape', async ({ signedIn, page, person }) => {
  const [provider] = byToken;
  const body = entered(provider, `t-${person}`);
  expect((await call(person, 'PUT', `users/me/bindings/${provider.id}`, body)).status).toBe(201);
  await page.reload();
  await signedIn.isListed();
  for (const leave of [() => signedIn.dialog.getByRole('button', { name: 'Cancel' }).click(), () => page.keyboard.press('Escape')]) {
    await signedIn.button('Unbind', provider).click();
    await expect(signedIn.dialog).toBeVisible();
    await leave();
    await expect(signedIn.dialog).toHaveCount(0);
    await signedIn.is(provider, 'Bound');
  }
  expect((await entries(person))[provider.id].state).toBe('bound');
});

for (const provider of byToken.filter((it) => it.revocable)) {
  for (const isToRevoke of [true, false]) {
    test(`${provider.display_name}: the token is ${isToRevoke ? 'revoked when asked' : 'left in place'}`, async ({ signedIn, page }) => {
      // S-31
      await signedIn.bind(provider);
      const answered = page.waitForResponse((it) => it.request().method() === 'DELETE');
      await signedIn.button('Unbind', provider).click();
      const box = signedIn.dialog.getByRole('checkbox', { name: `Also revoke the token at ${provider.display_name}` });
      await expect(box).not.toBeChecked();
      await box.setChecked(isToRevoke);
      await signedIn.dialog.getByRole('button', { name: 'Unbind', exact: true }).click();
      const receipt = await (await answered).json();
      expect(receipt.revocation).toBe(isToRevoke ? 'revoked' : 'left_in_place');
      await expect(signedIn.dialog).toContainText(receipt.detail);
      await look(page, `receipt-${receipt.revocation}`);
    });
  }
}

test('a token that cannot be revoked has no box, and the receipt links to where it is deleted', async ({ signedIn }) => {
  // S-31
  for (const provider of byToken.filter((it) => !it.revocable)) {
    await signedIn.bind(provider);
    await signedIn.button('Unbind', provider).click();
    await expect(signedIn.dialog.getByRole('checkbox')).toHaveCount(0);
    await signedIn.dialog.getByRole('button', { name: 'Unbind', exact: true }).click();
    await expect(signedIn.dialog.getByRole('link')).toHaveAttribute('href', /^https?:/);
  }
});

test('unbinding that fails is said in the dialog; what is unbound already is said to be', async ({ signedIn, page, watch }) => {
  watch.expect(503, 404);
  const [provider] = byToken;
  await answerEntries(page, entryIn('bound', provider));
  let answer = problemDocument(503, 'temporarily_unavailable', { retry_after: 1 });
  await page.route(`**/v1/users/me/bindings/${provider.id}`, (route) => route.fulfill(answer));
  await page.reload();
  await signedIn.isListed();
  await signedIn.unbind(provider);
  await expect(signedIn.dialog.getByRole('alert')).toContainText('Detail of temporarily_unavailable.');
  await look(page, 'unbind-failed');
  answer = problemDocument(404, 'not_bound');
  await signedIn.dialog.getByRole('button', { name: 'Unbind', exact: true }).click();
  await expect(signedIn.status).toContainText('was unbound already');
  await expect(signedIn.dialog).toHaveCount(0);
});

test('the result pages of the callback look the same, carry no script, and are read well', async ({ signedIn, page, watch }) => {
  // S-13, S-18
  watch.expect(400, 403);
  await page.goto(`${scene.usual.url}/v1/oauth/callback/${byOAuth[0].id}?code=c&state=forged`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  expect(await page.locator('script').count()).toBe(0);
  const lookOf = () => page.evaluate(() => {
    const [title, ground] = [getComputedStyle(document.querySelector('h1')), getComputedStyle(document.body)];
    return [title.fontFamily, title.fontSize, title.color, ground.backgroundColor];
  });
  await look(page, 'result-page');
  const ofResult = await lookOf();
  await signedIn.open();
  await signedIn.isListed();
  expect(await lookOf()).toEqual(ofResult);
});
