// The page as a person uses it: by what is written on it, as a screen reader says it.

import { expect } from '@playwright/test';
import { entered, scene } from './scene.js';

export class Sources {
  /** @param {import('@playwright/test').Page} page @param {string} person @param {import('./watch.js').Watch} watch */
  constructor(page, person, watch, { world = scene.usual, instances } = {}) {
    Object.assign(this, { page, person, watch, world });
    this.instances = instances ?? [`local-1/of-${person}`];
    this.list = page.getByRole('list', { name: 'Providers' });
    this.status = page.getByRole('status');
    this.alert = page.getByRole('alert');
    this.dialog = page.getByRole('dialog');
    this.owner = page.getByLabel('Owner');
  }

  // Getting in.

  async open(query = '') {
    await this.page.goto(`${this.world.url}/console${query}`);
  }

  /** By the button, and by name at the development issuer. */
  async signIn() {
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await this.pick();
    await this.isListed();
  }

  /** At the issuer's picker. */
  async pick() {
    await this.page.getByLabel('Name').fill(this.person);
    await this.page.getByLabel('Instances').fill(this.instances.join(' '));
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  async isListed() {
    await expect(this.list).toBeVisible();
    await expect(this.list).toHaveAttribute('aria-busy', 'false');
  }

  // Looking.

  row(provider) {
    const heading = this.page.getByRole('heading', { level: 2, name: provider.display_name, exact: true });
    return this.list.getByRole('listitem').filter({ has: heading });
  }

  async is(provider, state) {
    await expect(this.row(provider).getByText(state, { exact: true })).toBeVisible();
  }

  button(action, provider) {
    return this.page.getByRole('button', { name: `${action}: ${provider.display_name}`, exact: true });
  }

  // Binding.

  /** Starts binding or renewing by OAuth: ends at the provider's page. */
  async leave(provider, action = 'Bind account') {
    await this.button(action, provider).click();
    await this.page.waitForURL((url) => url.origin === new URL(this.world.simulators[provider.id]).origin);
  }

  /** What the person does at the provider. */
  async consent({ account, decision = 'Authorize' } = {}) {
    if (account) {
      await this.page.getByLabel('Another account:').fill(account);
    }
    await this.page.getByRole('button', { name: decision, exact: true }).click();
  }

  /** Binds by OAuth, to whom the page shows; with the step in between where there is one. */
  async authorize(provider, { action = 'Bind account', account } = {}) {
    await this.leave(provider, action);
    await this.consent({ account });
    await this.page.waitForURL((url) => url.pathname === '/console' || url.origin === scene.elsewhere);
    if (provider.completion === 'console') {
      await this.submit();
    }
  }

  /** Fills the dialog's fields by their names in the catalogue. */
  async fill(provider, values) {
    for (const field of provider.fields.filter((it) => it.name in values)) {
      const input = this.field(field);
      await (field.type === 'boolean' ? input.setChecked(values[field.name]) : input.fill(values[field.name]));
    }
  }

  /** A field of the dialog, by its label. */
  field({ label }) {
    return this.dialog.getByLabel(new RegExp(`^${label.replace(/[^\w ]/g, '.')}( \\(optional\\))?$`));
  }

  async submit() {
    await this.dialog.getByRole('button', { name: 'Bind', exact: true }).click();
  }

  /** Binds by token. */
  async bindByToken(provider, { login = `t-${this.person}`, number = 1, action = 'Bind account' } = {}) {
    await this.button(action, provider).click();
    await this.fill(provider, entered(provider, login, number));
    await this.submit();
  }

  /** Binds, however the provider does, and waits until the row says so. Returns how the account is called. */
  async bind(provider, options) {
    await (provider.method === 'oauth' ? this.authorize(provider, options) : this.bindByToken(provider, options));
    await this.is(provider, 'Bound');
    return this.row(provider).locator('.account').getByRole('link').innerText().then((it) => it.replace(/\s*↗$/, ''));
  }

  async unbind(provider) {
    await this.button('Unbind', provider).click();
    await this.dialog.getByRole('button', { name: 'Unbind', exact: true }).click();
  }
}
