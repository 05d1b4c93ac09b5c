/**
 * Reads the body of a request: so many bytes at most, before and after inflating, within so much
 * time, and of all requests together no more than fits into memory. Whatever exceeds that is
 * refused while it arrives, and nothing more of it is read.
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { isReknitError } from '../../../domain/shared/errors.js';
import type { HubClock, HubLimits } from '../options.js';
import { problem, tooMany } from '../problems.js';

const inflate = promisify(gunzip);
const busyMs = 1_000;

export interface ReadBody {
  readonly text: string;
  /** As they came. */
  readonly bytes: number;
}

export type BodyReader = (request: Request, address: string) => Promise<ReadBody>;

export const createBodyReader = (limits: HubLimits, clock: HubClock): BodyReader => {
  const { bodyBytesMax, bodiesBytesMax, bodiesBytesPerAddressMax, bodyMsMax } = limits;
  const tooLarge = (): Error =>
    problem('body_too_large', `the body has more than ${bodyBytesMax} bytes: send less at once`, { bodyBytesMax });
  let held = 0;
  const arriving = new Map<string, number>();
  const arrive = (address: string, bytes: number): void => {
    const now = (arriving.get(address) ?? 0) + bytes;
    if (now > bodiesBytesPerAddressMax) throw tooMany(busyMs);
    if (now > 0) arriving.set(address, now);
    else arriving.delete(address);
  };
  const hold = (bytes: number): void => {
    if (held + bytes > bodiesBytesMax) throw tooMany(busyMs);
    held += bytes;
  };

  const read = async (body: NonNullable<Request['body']>, onBytes: (bytes: number) => void): Promise<Buffer> => {
    const reader = body.getReader();
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    let isLate = false;
    const cancel = clock.after(bodyMsMax, () => {
      isLate = true;
      void reader.cancel().catch(() => undefined);
    });
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (isLate) throw problem('body_timeout', `the body did not arrive within ${bodyMsMax} ms`);
        if (done) return Buffer.concat(chunks, bytes);
        bytes += value.byteLength;
        if (bytes > bodyBytesMax) throw tooLarge();
        onBytes(value.byteLength);
        chunks.push(value);
      }
    } catch (error) {
      void reader.cancel().catch(() => undefined);
      if (isReknitError(error)) throw error;
      throw problem('bad_request', 'the body ended before its end');
    } finally {
      cancel();
    }
  };

  const inflated = async (raw: Buffer): Promise<Buffer> => {
    try {
      return await inflate(raw, { maxOutputLength: bodyBytesMax });
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
      throw problem('bad_request', 'the body is no sound gzip');
    }
  };

  return async (request, address) => {
    const { headers, body } = request;
    if (!/^application\/json(?:\s*;|$)/i.test(headers.get('content-type') ?? ''))
      throw problem('unsupported_type', 'the body has to be application/json');
    const encoding = (headers.get('content-encoding') ?? 'identity').toLowerCase();
    if (encoding !== 'identity' && encoding !== 'gzip')
      throw problem('unsupported_type', 'the body may be compressed by gzip, and nothing else');
    if (Number(headers.get('content-length') ?? 0) > bodyBytesMax) throw tooLarge();
    if (body === null) throw problem('bad_request', 'there is no body');
    let mine = 0;
    let arrived = 0;
    const onBytes = (bytes: number): void => {
      hold(bytes);
      mine += bytes;
    };
    try {
      const raw = await read(body, (bytes) => {
        arrive(address, bytes);
        arrived += bytes;
        onBytes(bytes);
      });
      if (encoding === 'identity') return { text: textOf(raw), bytes: raw.length };
      onBytes(bodyBytesMax);
      return { text: textOf(await inflated(raw)), bytes: raw.length };
    } finally {
      held -= mine;
      arrive(address, -arrived);
    }
  };
};

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const textOf = (bytes: Buffer): string => {
  try {
    return decoder.decode(bytes);
  } catch {
    throw problem('bad_request', 'the body is no UTF-8');
  }
};
