/** A source as it is here: the volume that it must lie on, and its row in the catalog. */
import { errnoOf, type GlassineError, problem } from '../../base/errors.js';
import type { SourceSetting } from '../../base/settings.js';
import type { VolumeFacts } from '../../platform/native.js';
import type { SourceRow } from '../../store/catalog/types.js';
import type { WorkDeps } from '../deps.js';

/**
 * The volume of a source, or why it cannot be looked at now. A path is no proof: it must be the one it was
 * added on.
 */
export async function volumeOfSource(
  deps: WorkDeps,
  setting: SourceSetting,
): Promise<VolumeFacts | GlassineError> {
  let facts: VolumeFacts;
  try {
    facts = await deps.native.volumeOf(setting.root);
  } catch (cause) {
    const detail = errnoOf(cause);
    return problem('source-missing', setting.name, { ...(detail && { detail }), cause });
  }
  if (setting.volume !== undefined && facts.uuid !== setting.volume) {
    return problem('source-other-volume', setting.name, { facts: { folder: setting.root } });
  }
  return facts;
}

/** Remembers a source of this computer, which this installation keeps, or what is new about it. */
export function putSource({ catalog, computer, writer }: WorkDeps, setting: SourceSetting): SourceRow {
  const { id, name, root, volume } = setting;
  return catalog.putSource({ id, name, root, volume, computer, writer });
}
