// The domain in a program without Node and without DOM types, as in a worker or an edge runtime.
import * as domain from 'reknit/domain';

export const names: readonly string[] = Object.keys(domain);
