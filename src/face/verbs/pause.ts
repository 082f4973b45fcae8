/** `pause`: nothing runs by itself for a while, or until resumed. What a person asks for still runs. */
import { untilResumed } from '../../agent/config.js';
import { toRfc3339 } from '../../base/time.js';
import type { App } from '../app.js';
import { spanOf } from '../args.js';
import type { Args } from '../args.js';
import type { PauseDocument } from '../documents/settings.js';

export async function run(app: App, args: Args): Promise<PauseDocument> {
  const { config, clock } = app.installation;
  const forMs = spanOf(args, 'for');
  const until = forMs === undefined ? undefined : toRfc3339(clock.now() + forMs);
  await config.update((current) => ({ ...current, pausedUntil: until ?? untilResumed }));
  app.agent?.settingsChanged();
  return { outcome: 'good', paused: true, ...(until !== undefined && { until }) };
}
