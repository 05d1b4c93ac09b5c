/** Bodies, with a bound on what they take in memory: before and after they are inflated. */
import { badAnswer } from './hub-error.js';

type Bytes = Uint8Array<ArrayBuffer>;

/** Reads to the end, and no more than the bound. */
const readAll = async (stream: ReadableStream<Uint8Array>, bytesMax: number): Promise<Bytes> => {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > bytesMax) {
      await reader.cancel().catch(() => undefined);
      throw badAnswer(`its answer is longer than ${bytesMax} bytes`);
    }
    chunks.push(value);
  }
  const [first] = chunks;
  if (first !== undefined && chunks.length === 1) return first as Bytes;
  const all = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
};

const decoder = new TextDecoder('utf-8', { fatal: true });

/** JSON never begins so. */
const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** The text of an answer; inflated where the platform has not done it already. */
export const readText = async (response: Response, bytesMax: number): Promise<string> => {
  if (response.body === null) return '';
  let bytes = await readAll(response.body, bytesMax);
  if (isGzip(bytes)) bytes = await readAll(through(bytes, new DecompressionStream('gzip')), bytesMax);
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw badAnswer('its answer is no text', error);
  }
};

export const gzip = async (bytes: Bytes): Promise<Bytes> =>
  readAll(through(bytes, new CompressionStream('gzip')), Infinity);

const through = (bytes: Bytes, transform: CompressionStream | DecompressionStream): ReadableStream<Uint8Array> =>
  new Blob([bytes]).stream().pipeThrough(transform);
