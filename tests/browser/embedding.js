// What a page of a registry does to show the console in it: a place, an address, and whose token.

import { mount } from './console/console.js';

const { api } = await (await fetch('/scene.json')).json();
const token = async () => (await (await fetch('/token')).json()).token;
mount(document.querySelector('#sources'), { api, token, completion: 'console', returnTo: `${location.origin}/` });
