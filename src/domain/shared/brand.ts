/**
 * A branded type: the same bytes at run time, a type of its own for the compiler.
 * Only the parser of a brand makes one, so a branded value is a checked value.
 */
declare const brand: unique symbol;

export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
