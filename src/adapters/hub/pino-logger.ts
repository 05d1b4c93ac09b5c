/**
 * The logger port on pino: one JSON object a line. The hub itself puts neither tokens nor payloads
 * into its facts; names that could hold one are blanked here besides, should anyone ever add them.
 */
import { pino, type DestinationStream, type LevelWithSilent } from 'pino';
import type { Logger } from '../../application/ports/system.js';

/** How much is logged, and where to. */
export interface PinoLoggerOptions {
  readonly level?: LevelWithSilent;
  readonly destination?: DestinationStream;
}

const secrets = ['token', 'authorization', 'receipt', 'payload', 'event', 'events', 'body'];

/** A logger that writes JSON lines and no secrets. */
export const createPinoLogger = ({ level = 'info', destination }: PinoLoggerOptions = {}): Logger => {
  const options = { level, base: { name: 'reknit-hub' }, redact: { paths: secrets, censor: '[not logged]' } };
  const logger = destination === undefined ? pino(options) : pino(options, destination);
  return {
    debug: (message, facts = {}) => logger.debug(facts, message),
    info: (message, facts = {}) => logger.info(facts, message),
    warn: (message, facts = {}) => logger.warn(facts, message),
    error: (message, facts = {}) => logger.error(facts, message),
  };
};
