// By keyboard alone, and for those who see, read or move otherwise.

import { test, expect } from './fixtures.js';
import { look, readByAxe } from './looks.js';
import { byConsole, byToken, catalogue, entered, entries } from './scene.js';

const [provider] = byToken;
const focused = (page) => page.evaluate(() => {
  const it = document.activeElement;
  return it.getAttribute('aria-label') ?? (it.labels?.[0]?.textContent.trim() || it.textContent.trim().replace(/\s+/g, ' '));
});

/** Goes by Tab until this has the focus. */
async function tabTo(page, target, max = 60) {
  for (let pressed = 0; pressed < max; pressed += 1) {
    if (await target.evaluate((it) => it === document.activeElement).catch(() => false)) {
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`no way by Tab to ${target}; the focus is on ${await focused(page)}`);
}

test('the order of Tab is the order of what is seen', async ({ signedIn, page }) => {
  await page.evaluate(() => document.activeElement?.blur());
  const order = [];
  for (let pressed = 0; pressed < 40; pressed += 1) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const it = document.activeElement;
      const box = it.getBoundingClientRect();
      const ring = getComputedStyle(it);
      return { isBody: it === document.body, row: it.closest('[data-provider]')?.dataset.provider, top: Math.round(box.top + scrollY), hasRing: ring.outlineStyle !== 'none' || ring.boxShadow !== 'none' };
    });
    if (at.isBody) {
      break;
    }
    order.push(at);
  }
  expect(order.length).toBeGreaterThan(catalogue.length);
  expect(order.filter((it) => !it.hasRing), 'each shows that it has the focus').toEqual([]);
  const rows = order.map((it) => it.row).filter(Boolean);
  expect([...new Set(rows)]).toEqual(catalogue.map((it) => it.id));
  await expect(signedIn.list).toBeVisible();
});

test('binding by token, by keyboard alone: the focus stays in the dialog, and comes back', async ({ signedIn, page, person }) => {
  const opener = signedIn.button('Bind account', provider);
  await tabTo(page, opener);
  await page.keyboard.press('Enter');
  await expect(signedIn.dialog).toBeVisible();
  const first = signedIn.field(provider.fields[0]);
  await expect(first).toBeFocused();
  // Round and round, and never out of it: at the most to the browser's own controls.
  for (let pressed = 0; pressed < 25; pressed += 1) {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog') !== null)).toBe(true);
  }
  await page.keyboard.press('Escape');
  await expect(signedIn.dialog).toHaveCount(0);
  await expect(opener).toBeFocused();

  await page.keyboard.press('Space');
  await expect(first).toBeFocused();
  const values = entered(provider, person);
  for (const field of provider.fields.filter((it) => it.name in values)) {
    await tabTo(page, signedIn.field(field));
    await page.keyboard.type(values[field.name]);
  }
  await page.keyboard.press('Enter');
  await signedIn.is(provider, 'Bound');
  await expect(signedIn.dialog).toHaveCount(0);
  // The button that was used is gone; the focus is still in that row, and not at the page's beginning.
  expect(await page.evaluate(() => document.activeElement.closest('[data-provider]')?.dataset.provider)).toBe(provider.id);

  const unbind = signedIn.button('Unbind', provider);
  await tabTo(page, unbind);
  await page.keyboard.press('Enter');
  // The harmless choice has the focus.
  await expect(signedIn.dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await tabTo(page, signedIn.dialog.getByRole('button', { name: 'Unbind', exact: true }));
  await page.keyboard.press('Enter');
  await expect(signedIn.dialog).toContainText('no longer bound');
  await tabTo(page, signedIn.dialog.getByRole('button', { name: 'Close' }));
  await page.keyboard.press('Enter');
  await signedIn.is(provider, 'Not bound');
  expect(await page.evaluate(() => document.activeElement.closest('[data-provider]')?.dataset.provider)).toBe(provider.id);
  expect((await entries(person))[provider.id].state).toBe('unbound');
});

test('the step between consent and binding, by keyboard alone', async ({ signedIn, page, person }) => {
  const [console_] = byConsole;
  await signedIn.leave(console_);
  await signedIn.consent();
  await expect(signedIn.dialog).toBeVisible();
  await tabTo(page, signedIn.dialog.getByLabel('Owner'));
  await page.keyboard.press('ArrowDown');
  await expect(signedIn.dialog).toContainText(signedIn.instances[0]);
  await tabTo(page, signedIn.dialog.getByRole('button', { name: 'Bind', exact: true }));
  await page.keyboard.press('Enter');
  await expect(signedIn.status).toContainText(`is bound to ${signedIn.instances[0]}`);
  expect((await entries(person))[console_.id].state).toBe('unbound');
});

test('every dialog has a name, and everything in it has one', async ({ signedIn, page }) => {
  for (const it of byToken) {
    await signedIn.button('Bind account', it).click();
    const controls = signedIn.dialog.locator('button, input, select, a');
    for (const control of await controls.all()) {
      await expect(control).toHaveAccessibleName(/\S/);
    }
    await expect(signedIn.dialog).toHaveAccessibleName(`Bind ${it.display_name} account`);
    await page.keyboard.press('Escape');
  }
});

test('at 200 % zoom nothing is lost', async ({ signedIn, page, browser }) => {
  // Zoom halves what a page has, in its own pixels.
  test.skip(!browser, 'never');
  await page.setViewportSize({ width: 500, height: 400 });
  await signedIn.button('Bind account', provider).click();
  await expect(signedIn.dialog).toBeVisible();
  const last = signedIn.dialog.getByRole('button', { name: 'Bind', exact: true });
  await last.scrollIntoViewIfNeeded();
  await expect(last).toBeInViewport();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)).toBe(true);
  await look(page, 'zoomed', { schemes: ['light'] });
});

test('larger letters alone break nothing', async ({ signedIn, page }) => {
  const client = await page.context().newCDPSession(page);
  await client.send('Emulation.setPageScaleFactor', { pageScaleFactor: 1 });
  await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
  await page.setViewportSize({ width: 720, height: 800 });
  await signedIn.isListed();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)).toBe(true);
});

test('who wants less motion sees next to none', async ({ signedIn, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.route('**/bindings/**', () => {});
  await signedIn.bindByToken(provider);
  await expect(signedIn.dialog.getByRole('button', { name: /Checking/ })).toBeVisible();
  // What waits may turn, slowly; everything else stands still.
  const moving = await page.evaluate(() => document.getAnimations().map((it) => [it.effect.target.className, it.effect.getComputedTiming().duration]));
  expect(moving.filter(([name, duration]) => name !== 'spinner' || duration < 3000)).toEqual([]);
});

test('with forced colours the states are still told apart', async ({ signedIn, page }) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await signedIn.isListed();
  await readByAxe(page, 'forced colours');
  for (const it of catalogue) {
    await signedIn.is(it, 'Not bound');
  }
});
