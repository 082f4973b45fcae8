/** What an ingest is told of what is protected. */
import { isActive } from '../base/settings.js';
import type { FeedOptions } from '../work/ingest/feed.js';
import type { Config } from './config.js';

/** Every source, and every vault that is in use: which of them are here, the ingest finds out. */
export function feedOf({ sources, vaults }: Pick<Config, 'sources' | 'vaults'>): FeedOptions {
  return { sources, vaults: vaults.filter(isActive) };
}
