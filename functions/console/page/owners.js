// For whom is bound: the person alone (personal edition) or a registry instance in a region (enterprise edition).

import { html } from './lit-html.js';
import { OWN } from './arrival.js';

/** @typedef {{kind: 'user' | 'instance', path: string, name: string, region: string, instance: string | null}} Owner */

/**
 * The choice of an owner: one select, grouped by edition and region.
 * @param {{t: Function, id: string, owners: Owner[], chosen: string, choose: (path: string) => void, isOff?: boolean}} parts
 */
export function ownerSelect({ t, id, owners, chosen, choose, isOff = false }) {
  const instances = owners.filter((it) => it.kind === 'instance');
  const regions = [...new Set(instances.map((it) => it.region))];
  const option = (owner) =>
    html`<option value=${owner.path} ?selected=${owner.path === chosen} .selected=${owner.path === chosen}>${owner.name}</option>`;
  return html`<div class="owner">
    <label for=${id}>${t('owner')}</label>
    <select id=${id} ?disabled=${isOff} @change=${(event) => choose(event.target.value)}>
      <optgroup label=${t('personalEdition')}>${owners.filter((it) => it.kind === 'user').map(option)}</optgroup>
      ${regions.map(
        (region) => html`<optgroup label=${t('enterpriseEdition', { region })}>
          ${instances.filter((it) => it.region === region).map(option)}
        </optgroup>`,
      )}
    </select>
  </div>`;
}

/** The owner with this path, else the caller's own. @param {Owner[]} owners @param {string} path */
export function findOwner(owners, path) {
  return owners.find((it) => isSameOwner(it.path, path)) ?? owners.find((it) => it.path === OWN) ?? owners[0];
}

/** Paths may be percent-encoded in more than one way. */
export const isSameOwner = (one, other) => decoded(one) === decoded(other);

function decoded(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
