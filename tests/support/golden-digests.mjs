// Folds every golden history with the compiled library, in two orders, and tells the digests and where it stands.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const [folder, vectors] = process.argv.slice(2);
const load = (path) => import(`${folder}/${path}`);
const { canonicalEvent, foldEvents, policyFromData } = await load('domain/index.js');
const { canonicalResource } = await load('domain/resource/canonical.js');
const { canonicalJson } = await load('domain/shared/canonical-json.js');

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
// By UTF-16 code units, as everywhere.
const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const keyOf = ({ resourceType, resourceId }) => JSON.stringify([resourceType, resourceId]);

const digestOf = (events, policy) => {
  const { resources, conflicts, parked } = foldEvents(events, policy);
  const shown = resources.map(({ state, view }) =>
    canonicalResource(
      state,
      view,
      conflicts.filter((record) => keyOf(record) === keyOf(state)),
    ),
  );
  return sha256(
    canonicalJson({ shown, parked: [...parked].sort(byText), events: events.map(canonicalEvent).sort(byText) }),
  );
};

const [header, ...lines] = gunzipSync(readFileSync(vectors)).toString('utf8').trim().split('\n');
const policies = JSON.parse(header).policies.map((data) => policyFromData(data));
const digests = lines.map((line) => {
  const { policy, events } = JSON.parse(line);
  const forwards = digestOf(events, policies[policy]);
  const backwards = digestOf([...events].reverse(), policies[policy]);
  return forwards === backwards ? forwards : `${forwards} forwards, ${backwards} backwards`;
});
const place = `${new Date(0).getTimezoneOffset()} ${new Intl.DateTimeFormat().resolvedOptions().locale}`;
process.stdout.write(JSON.stringify({ digests, place }));
