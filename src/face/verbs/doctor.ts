/** `doctor`: examines this installation and this computer, and says what is missing or wrong. */
import type { App } from '../app.js';
import { tryCheck } from '../checks/check.js';
import { catalogCheck, configCheck, homeCheck } from '../checks/home.js';
import {
  addonCheck,
  clockCheck,
  nodeCheck,
  notBuiltYet,
  usbCheck,
  volumeCheck,
  watchCheck,
} from '../checks/machine.js';
import { vaultChecks } from '../checks/vaults.js';
import type { DoctorDocument } from '../documents/looking.js';
import { failureOf } from '../troubles.js';

export async function run(app: App): Promise<DoctorDocument> {
  const checks = [
    nodeCheck(),
    addonCheck(),
    await tryCheck('Home', () => homeCheck(app)),
    configCheck(app),
    await tryCheck('History', () => catalogCheck(app)),
    await tryCheck('Watching', () => watchCheck(app)),
    await tryCheck('USB', () => usbCheck()),
    await tryCheck('Volumes', () => volumeCheck()),
    await tryCheck('Clock', () => clockCheck(app)),
    ...(await vaultsOrWhy(app)),
    ...notBuiltYet(),
  ];
  const isBad = checks.some((check) => check.result === 'bad');
  return { outcome: isBad ? 'failed' : 'good', checks };
}

async function vaultsOrWhy(app: App): Promise<DoctorDocument['checks']> {
  try {
    return await vaultChecks(app);
  } catch (error) {
    return [{ name: 'Vaults', result: 'not-checked', sentence: failureOf(error).problem.message }];
  }
}
