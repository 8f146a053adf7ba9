// How the specs are run. Nothing is fetched: the browser is the one that main.rs found.

import { join } from 'node:path';
import { scene } from './scene.js';

export default {
  testDir: '.',
  testMatch: '*.spec.js',
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  workers: 2,
  timeout: 30_000,
  globalTimeout: 11 * 60_000,
  expect: { timeout: 7_000 },
  reporter: [['list', { printSteps: false }], ['./summary.js']],
  outputDir: join(scene.output, 'results'),
  preserveOutput: 'failures-only',
  webServer: { command: 'node elsewhere.js', url: `${scene.elsewhere}/alive`, timeout: 10_000, gracefulShutdown: { signal: 'SIGTERM', timeout: 2_000 } },
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath: scene.chromium },
    baseURL: scene.usual.url,
    locale: 'en-US',
    timezoneId: 'UTC',
    viewport: { width: 1000, height: 800 },
    deviceScaleFactor: 1,
    actionTimeout: 7_000,
    navigationTimeout: 10_000,
    trace: 'retain-on-failure',
  },
};
