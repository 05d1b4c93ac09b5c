/**
 * Long texts and lists of a resource stand in rows of their own, in pieces; `fields` holds the others, and
 * `long_fields` says which are missing there and of which form. Each body is JSON without its quotes or brackets, so
 * that the pieces one after the other are the JSON of the whole; the view puts them together.
 */
import { viewColumnsOfResources, viewTablesOfResources } from './schema.js';

const whole = (form: string, separator: string): string =>
  `(SELECT group_concat(body, '${separator}') FROM (SELECT body FROM piece p WHERE p.resource = r.id AND p.field = l.key ORDER BY p.place)) ${form}`;

const fieldsWithPieces = `CASE WHEN r.long_fields IS NULL THEN r.fields ELSE
  substr(r.fields, 1, length(r.fields) - 1) || CASE r.fields WHEN '{}' THEN '' ELSE ',' END || (
    SELECT group_concat(json_quote(l.key) || ':' || CASE l.value
      WHEN 'text' THEN '"' || ${whole(`|| '"'`, '')}
      ELSE '[' || ${whole(`|| ']'`, ',')} END, ',')
    FROM json_each(r.long_fields) l) || '}' END`;

export const longValueSchemaSql = `
ALTER TABLE resource ADD COLUMN long_fields TEXT;
CREATE TABLE piece (
  n INTEGER PRIMARY KEY,
  resource INTEGER NOT NULL,
  field TEXT NOT NULL,
  -- Where it stands among the pieces of the field, with room between for more.
  place INTEGER NOT NULL,
  -- In code units, or items.
  length INTEGER NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX piece_in_order ON piece (resource, field, place);
DROP VIEW resources;
CREATE VIEW resources AS
SELECT ${viewColumnsOfResources(fieldsWithPieces)}
${viewTablesOfResources};
`;
