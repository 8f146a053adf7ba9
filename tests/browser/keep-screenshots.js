// After a run that is asked to (CODEBIND_UPDATE_SCREENSHOTS=1): the three pictures of the README.

import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { scene } from './scene.js';

const PICTURES = ['list', 'token-dialog', 'about-to-bind'];

export default function keepScreenshots() {
  if (process.env.CODEBIND_UPDATE_SCREENSHOTS !== '1') {
    return;
  }
  const kept = join(scene.specs, 'screenshots');
  mkdirSync(kept, { recursive: true });
  for (const name of PICTURES) {
    copyFileSync(join(scene.output, 'screenshots', `picture-${name}.png`), join(kept, `${name}.png`));
  }
}
