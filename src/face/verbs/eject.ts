/** `eject`: lets go of a drive, with all that is on it, and says whether it is safe to unplug, or why not. */
import { resolve } from 'node:path';
import { sameName } from '../../agent/config.js';
import { lookAtVault } from '../../agent/presence.js';
import { errnoOf, problem } from '../../base/errors.js';
import { nameOfVolume } from '../../base/volumes.js';
import type { Volume } from '../../base/volumes.js';
import { ejectVolumes, volumesUnpluggedWith } from '../../platform/eject.js';
import type { Ejected } from '../../platform/eject.js';
import type { VolumeUser } from '../../platform/eject-users.js';
import { realPath } from '../../platform/files.js';
import { listVolumes } from '../../platform/volume-list.js';
import { volumeHolding, volumesNamed } from '../../rules/named-volume.js';
import { work } from '../app.js';
import type { App } from '../app.js';
import { textOf } from '../args.js';
import type { Args } from '../args.js';
import type { EjectDocument } from '../documents/letting-go.js';
import { troubleOf } from '../troubles.js';
import { listed } from '../words.js';

export async function run(app: App, args: Args): Promise<EjectDocument> {
  if (process.platform === 'win32') throw problem('not-supported-here', 'Ejecting a drive');
  const named = textOf(args, 'volume');
  const all = await listVolumes();
  const volume = await chosen(app, all, named);
  const together = volumesUnpluggedWith(volume, all);
  if (together.some(({ system }) => system)) throw problem('volume-system', nameOfVolume(volume));
  // In turn with everything else that uses drives: what runs by itself stops, what was asked for is finished.
  const ejected = await work(app, 'eject', async ({ native, signal }) => {
    try {
      return await ejectVolumes(together, { native, signal });
    } catch (error) {
      const detail = errnoOf(error);
      throw detail === undefined ? error : problem('volume-gone', nameOfVolume(volume), { detail });
    }
  });
  app.agent?.settingsChanged();
  return documentOf(volume, together, ejected);
}

/** The volume a person calls so. Throws `volume-unknown`, `volume-ambiguous`, `vault-away`. */
async function chosen(app: App, all: readonly Volume[], text: string): Promise<Volume> {
  const absolute = resolve(app.folder, text);
  const path = (await realPath(absolute).catch(() => undefined)) ?? absolute;
  const vault = app.installation.config.current.vaults.find(({ name }) => sameName(name, text));
  const isHere = vault && (await lookAtVault(vault, undefined).catch(() => undefined))?.present;
  const held = isHere ? volumeHolding(all, (await realPath(vault.folder)) ?? vault.folder) : undefined;
  const found = [...(held ? [held] : []), ...volumesNamed(all, { text, path })];
  const [first] = found;
  if (!first && vault) throw problem('vault-away', vault.name);
  if (!first) throw problem('volume-unknown', text, { facts: namesOf(all) });
  if (found.some(({ device }) => device !== first.device)) {
    const places = listed(found.map(({ mountPoint }) => mountPoint));
    throw problem('volume-ambiguous', text, { facts: { places } });
  }
  return first;
}

/** What could have been meant. */
function namesOf(all: readonly Volume[]): Record<string, string> {
  const names = all.filter(({ system }) => !system).map(nameOfVolume);
  return names.length === 0 || names.length > 6 ? {} : { known: listed(names) };
}

function calledUser({ program, pid }: VolumeUser): string {
  return pid === undefined ? program : `${program} (${pid})`;
}

function documentOf(volume: Volume, together: readonly Volume[], ejected: Ejected): EjectDocument {
  const { unmounted, users, refused, poweredOff } = ejected;
  const name = nameOfVolume(volume);
  const isDone = users.length === 0 && refused === undefined;
  const called = listed(users.slice(0, 5).map(calledUser));
  const more = users.length > 5 ? ` and ${users.length - 5} more` : '';
  const trouble =
    users.length > 0
      ? troubleOf({ code: 'volume-busy', subject: name, facts: { users: called + more } })
      : troubleOf({ code: 'volume-held', subject: name, ...(refused && { detail: refused }) });
  return {
    outcome: isDone ? 'good' : 'failed',
    volume: name,
    volumes: together.map((each) => {
      const { id, mountPoint } = each;
      return { name: nameOfVolume(each), mountPoint, unmounted: unmounted.has(id) };
    }),
    safeToUnplug: isDone,
    network: volume.bus === 'network',
    poweredOff,
    users: [...users],
    ...(!isDone && { problems: [trouble] }),
  };
}
