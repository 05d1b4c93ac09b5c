/** Where a hub's secrets lie: beside its file, and not in it, so that a copy of the one is no copy of the other. */
export const tokenFileOf = (file: string): string => `${file}.tokens.json`;

export const receiptKeyFileOf = (file: string): string => `${file}.receipt-key`;

/** The replica that the hub's desk shows; it can be deleted, and is made again from the hub's. */
export const deskFileOf = (file: string): string => `${file}.desk.db`;
