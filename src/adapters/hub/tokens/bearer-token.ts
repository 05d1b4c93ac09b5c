/** The token of `Authorization: Bearer …`, as requests and sockets bring it. */
export const bearerToken = (header: string | null | undefined): string | undefined =>
  /^Bearer +([\w\-.~+/]+=*)$/i.exec(header ?? '')?.[1];
