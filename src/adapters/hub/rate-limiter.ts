/**
 * Token buckets by name: so many at once, so many a second after that. A bucket that is full
 * again is forgotten, so names that were seen once cost nothing for long, and their number is
 * bounded: a stranger can invent addresses faster than memory grows.
 */
export interface RateLimiter {
  /** Takes `cost`; answers how many milliseconds to wait where there is not enough, and takes nothing then. */
  readonly take: (name: string, cost: number, nowMs: number) => number;
}

interface Bucket {
  level: number;
  atMs: number;
}

const bucketsMax = 10_000;
const bucketsKept = 9_000;

export const createRateLimiter = (perSecond: number, burst: number): RateLimiter => {
  const buckets = new Map<string, Bucket>();
  const levelAt = ({ level, atMs }: Bucket, nowMs: number): number =>
    Math.min(burst, level + (Math.max(0, nowMs - atMs) * perSecond) / 1_000);
  const makeRoom = (nowMs: number): void => {
    for (const [name, bucket] of buckets) if (levelAt(bucket, nowMs) >= burst) buckets.delete(name);
    // Insertion order is the order of last use. Some room at once, so that not every new name looks at all.
    for (const name of buckets.keys()) {
      if (buckets.size <= bucketsKept) return;
      buckets.delete(name);
    }
  };
  return {
    take: (name, cost, nowMs) => {
      const bucket = buckets.get(name);
      if (bucket === undefined && buckets.size >= bucketsMax) makeRoom(nowMs);
      const level = bucket === undefined ? burst : levelAt(bucket, nowMs);
      // What costs more than a full bucket passes when it is full.
      const needed = Math.min(cost, burst);
      buckets.delete(name);
      buckets.set(name, { level: level < needed ? level : level - needed, atMs: nowMs });
      return level < needed ? Math.ceil(((needed - level) * 1_000) / perSecond) : 0;
    },
  };
};
