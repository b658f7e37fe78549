/** The shapes of the API's answers, as JSON Schema (draft 2020-12, which OpenAPI 3.1 uses). */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: "string" };
const count: Schema = { type: "integer", minimum: 0 };
const flag: Schema = { type: "boolean" };
const time: Schema = { type: "string", description: "ISO 8601, UTC" };
const seconds: Schema = { type: "integer", description: "seconds since 1970, UTC" };

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const list = (items: Schema): Schema => ({ type: "array", items });
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: "null" }] });

/** An object that has all of these and nothing else. */
const shape = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: "object",
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});

const place = { file: text, line: count };
const step = shape({ ...place, function: text, event: text, state: text });

const own: Readonly<Record<string, Schema>> = {
  Error: shape({ error: text }),
  Tree: shape({
    name: text,
    version: text,
    commit: orNull(text),
    revision: orNull(text),
    auditedAt: orNull(time),
    job: orNull(ref("Job")),
  }),
  Trees: shape({ trees: list(ref("Tree")) }),
  Counts: shape({
    drivers: count,
    byClass: { type: "object", additionalProperties: count },
    hazards: { type: "object", additionalProperties: count },
  }),
  Past: shape({
    schema: { const: "treewide.history/1" },
    root: text,
    revision: orNull(text),
    version: text,
    commit: orNull(text),
    at: time,
    summary: ref("Counts"),
  }),
  Overview: shape({
    tree: ref("Tree"),
    summary: ref("Counts"),
    core: { type: "object", additionalProperties: ref("fact") },
    subsystems: list(shape({ name: text, byClass: { type: "object", additionalProperties: count } })),
    maintainers: orNull(list(text)),
    history: list(ref("Past")),
    parse: shape({ functions: count, failed: list(shape({ ...place, function: text, why: text })) }),
    leftOut: list(shape({ file: text, why: text })),
  }),
  Row: shape({
    driver: text,
    pciDriver: shape({ ...place, name: text }),
    class: ref("class"),
    subsystem: text,
    maintainers: list(text),
    hazards: { type: "object", additionalProperties: count },
    href: { ...text, description: "its page" },
  }),
  Rows: shape({ total: count, found: count, page: count, drivers: list(ref("Row")) }),
  Moment: shape({
    ...place,
    function: text,
    event: text,
    vectors: text,
    stack: { ...list(text), description: "devres actions, the next to run first" },
    handlers: count,
  }),
  Branch: shape({
    moments: list(ref("Moment")),
    ending: { enum: ["none-held", "driver-frees", "devres-frees", "leaked"] },
    words: text,
  }),
  Lane: shape({
    path: text,
    ...place,
    shared: list(ref("Moment")),
    today: ref("Branch"),
    afterCoreChange: ref("Branch"),
  }),
  Related: shape({
    patches: list(shape({ series: text, number: count, title: text, href: text })),
    threads: list(
      shape({ archive: text, subject: text, from: text, date: seconds, messageId: text, href: text }),
    ),
  }),
  Driver: shape({
    driver: ref("driver"),
    maintainers: list(text),
    lanes: list(ref("Lane")),
    related: ref("Related"),
  }),
  Source: shape({ file: text, from: count, to: count, total: count, lines: list(text) }),
  Job: shape({
    id: text,
    kind: { enum: ["audit", "review", "check"] },
    title: text,
    state: { enum: ["waiting", "running", "done", "failed", "stopped"] },
    progress: orNull(shape({ task: text, done: count, total: orNull(count) })),
    createdAt: time,
    startedAt: orNull(time),
    endedAt: orNull(time),
    error: orNull(text),
    href: text,
  }),
  Jobs: shape({ jobs: list(ref("Job")) }),
  HazardChange: shape({ kind: ref("hazardKind"), driver: text, ...place, witness: list(step) }),
  Patch: shape({
    number: count,
    title: text,
    messageId: text,
    author: text,
    text,
    files: list(text),
    added: count,
    removed: count,
    state: shape({
      applies: orNull(flag),
      sound: orNull(flag),
      failure: orNull(text),
      undecided: list(shape({ driver: text, ...place, why: text })),
      ended: list(text),
      core: orNull(text),
      introduced: list(ref("HazardChange")),
      removed: list(ref("HazardChange")),
      claims: list(shape({ text, holds: flag, why: text })),
    }),
    check: orNull(
      shape({
        built: count,
        failed: count,
        notCompiled: count,
        findings: list(
          shape({
            tool: text,
            severity: { enum: ["error", "warning", "note"] },
            file: text,
            line: count,
            message: text,
          }),
        ),
      }),
    ),
    stage: orNull(count),
    recipients: orNull(list(shape({ to: text, role: text, because: text }))),
    review: orNull(
      shape({
        archive: text,
        href: text,
        trailers: list(text),
        points: list(shape({ kind: text, state: text, from: text, quote: text, href: text })),
      }),
    ),
  }),
  Series: shape({
    name: text,
    title: text,
    total: count,
    absent: list(count),
    cover: orNull(shape({ text, messageId: text })),
    tree: orNull(text),
    patches: list(ref("Patch")),
    missed: list(shape({ driver: text, line: count, why: text })),
    stages: list(shape({ stage: count, subsystem: text, needs: text, patches: list(count) })),
  }),
  SeriesList: shape({ series: list(shape({ name: text, title: text, patches: count, tree: orNull(text) })) }),
  Archives: shape({ archives: list(shape({ name: text, messages: count })) }),
  Entry: shape({
    messageId: text,
    subject: text,
    from: text,
    address: text,
    date: seconds,
    received: seconds,
    bytes: count,
    href: text,
  }),
  Found: shape({ total: count, messages: list(ref("Entry")) }),
  Message: shape({
    entry: ref("Entry"),
    to: list(text),
    cc: list(text),
    references: list(text),
    text,
    notes: list(text),
    thread: list(ref("Entry")),
    reply: { ...list(text), description: "arguments of git send-email" },
    drivers: {
      ...list(shape({ tree: text, driver: text, href: text })),
      description: "that its diff touches",
    },
  }),
  Prior: shape({
    efforts: list(
      shape({
        archive: text,
        title: text,
        authors: list(text),
        first: time,
        last: time,
        landed: { ...orNull(flag), description: "null: unknown" },
        because: text,
        versions: list(
          shape({ version: count, messageId: text, date: time, patches: count, replies: count, href: text }),
        ),
        objections: list(shape({ from: text, messageId: text, date: time, quote: text, href: text })),
      }),
    ),
  }),
};

/** Our own, and those of `treewide.audit/1`, which say what a driver is. */
export function schemas(): Readonly<Record<string, Schema>> {
  const path = join(import.meta.dirname, "../../../docs/schema/treewide.audit-1.json");
  const audit = readFileSync(path, "utf8").replaceAll("#/definitions/", "#/components/schemas/");
  return { ...(JSON.parse(audit) as { definitions: Record<string, Schema> }).definitions, ...own };
}
