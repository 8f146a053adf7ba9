// English and Simplified Chinese: by the browser's wish, by choice, and for good.

import { test, expect } from './fixtures.js';
import { look } from './looks.js';
import { byToken, catalogue, entered, scene } from './scene.js';
import { Sources } from './sources.js';

/** No word of English is left but names and technical terms. */
const ENGLISH = /\b(the|is|to|of|and|you|not|your|by|with|account|bind|bound|unbind|sign)\b/i;

test('the choice of a language holds over a reload, for the API too', async ({ signedIn, page, watch }) => {
  // S-12
  watch.expect(422);
  const asked = [];
  page.on('request', (request) => /:\d+\/v1\//.test(request.url()) && asked.push(request.headers()['accept-language']));
  await page.getByLabel('Language').selectOption({ label: '简体中文' });
  await expect(page.getByRole('heading', { level: 1, name: '代码源' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await page.reload();
  const list = page.getByRole('list', { name: '代码平台' });
  await expect(list).toHaveAttribute('aria-busy', 'false');
  await expect(list.getByText('未绑定', { exact: true })).toHaveCount(catalogue.length);
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  expect(new Set(asked)).toEqual(new Set(['zh-CN']));
  const text = await list.innerText();
  expect(text.split('\n').filter((line) => ENGLISH.test(line))).toEqual([]);
  await look(page, 'chinese');

  const [provider] = byToken;
  await page.getByRole('button', { name: `绑定账号：${provider.display_name}` }).click();
  const dialog = page.getByRole('dialog', { name: `绑定 ${provider.display_name} 账号` });
  expect((await dialog.innerText()).split('\n').filter((line) => ENGLISH.test(line))).toEqual([]);
  const values = { ...entered(provider, signedIn.person), token: 'nonsense-token' };
  for (const [name, value] of Object.entries(values)) {
    await dialog.locator(`[name=${name}]`).fill(value);
  }
  await dialog.getByRole('button', { name: '绑定', exact: true }).click();
  await expect(dialog.locator('[name=token]')).toHaveAccessibleDescription(/令牌/);
  await look(page, 'chinese-dialog');
  await page.keyboard.press('Escape');

  await page.getByLabel('语言').selectOption({ label: 'English' });
  await expect(page.getByRole('heading', { level: 1, name: 'Code sources' })).toBeVisible();
  await page.reload();
  await signedIn.isListed();
});

test("without a choice the browser's language is taken", async ({ newContext, person, watch }) => {
  for (const [locale, title] of [['zh-CN', '代码源'], ['zh-Hans-SG', '代码源'], ['de-DE', 'Code sources']]) {
    const page = await (await newContext({ locale })).newPage();
    const sources = new Sources(page, person, watch);
    await sources.open();
    await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
    expect(await page.title()).toBe(title);
  }
});

test('the result pages of the callback speak the language of the browser', async ({ newContext, watch }) => {
  // S-12
  watch.expect(400, 403);
  const page = await (await newContext({ locale: 'zh-CN' })).newPage();
  await page.goto(`${scene.usual.url}/v1/oauth/callback/${catalogue[0].id}?code=c&state=forged`);
  await expect(page.locator('html')).toHaveAttribute('lang', /zh/);
  await look(page, 'result-page-chinese');
});
