/**
 * Limits on one event. They are part of the format: author, replica and hub enforce the
 * same ones, or an event recorded offline could never be delivered.
 */
export const eventLimits = {
  /** UTF-8 bytes of the canonical form: room for a 64 KB text twice over, small enough that 1,000 fit in memory. */
  eventBytesMax: 256 * 1024,
  /** Characters of an id or a type: an index key in every store. */
  idCharsMax: 512,
  /** Nested arrays and objects in a value; far below any recursion limit. */
  depthMax: 64,
  /** Members of one object, and fields of one payload; imported records have been seen with 2,000. */
  keysMax: 10_000,
  /** Heads that one author can have seen; merging more first is always possible. */
  parentsMax: 1_000,
  /** Events of other resources that one author can say to have seen: about half an event, with ids of the usual length. */
  seesMax: 4_000,
  /** Resources that one event can say to depend on. */
  dependsOnMax: 1_000,
  /** The counter's range; one millisecond rarely needs more than a few. */
  counterMax: 0xff_ffff,
  noteCharsMax: 10_000,
} as const;
