/** What is foretold of drivers after the core change is what executing them with the changed core shows. */
import { describe, expect, test, vi } from "vitest";
import { auditTree } from "../../src/audit/audit.js";
import type { DriverResult } from "../../src/audit/result.js";
import { openTree } from "../../src/kernel/tree.js";
import { addManagedApi } from "../../src/series/core-api.js";
import { endAutomaticRelease } from "../../src/series/core-change.js";
import { afterCoreChange } from "../../src/series/foretold.js";
import { Judge, keyOf } from "../../src/series/judge.js";
import { cachedTree, drivers, smallTree } from "./small-tree.js";

const real = cachedTree("7.3");
vi.setConfig({ testTimeout: 600_000 });

/** All of a result but the wording of paths that were followed to their end once more. */
const found = (all: readonly DriverResult[]) =>
  all.map(({ hazards, releasePaths, ...rest }) => ({
    ...rest,
    hazards: hazards.map(({ kind, file, line, witness }) => ({ kind, file, line, witness })),
    paths: releasePaths.map(({ path, file, line, frees }) => ({ path, file, line, frees })),
  }));

describe.skipIf(!real)("with Linux 7.3's core (`treewide tree get 7.3` brings it)", () => {
  test("the results, with their witnesses, are those of an audit with the changed core", async () => {
    const spec = { kind: "folder", path: smallTree(real!, drivers) } as const;
    const before = openTree(spec);
    const api = addManagedApi(before);
    const withApi = before.withOverlay(
      new Map([...api].map(([path, text]) => [path, Buffer.from(text, "latin1")])),
    );
    const core = endAutomaticRelease(withApi);
    const changed = withApi.withOverlay(
      new Map([...core].map(([path, text]) => [path, Buffer.from(text, "latin1")])),
    );
    const options = { cache: false, jobs: 1 } as const;
    const now = await auditTree(spec, options);
    const then = await auditTree(changed.spec, options);
    const actions = new Set(["pcim_msi_release"]);
    expect(
      found(now.drivers.map((d) => (d.enable === "unmanaged" ? d : afterCoreChange(d, actions)))),
    ).toEqual(found(then.drivers));

    const judge = await Judge.open(spec, options);
    await judge.put(api);
    const judged = await judge.put(core);
    expect(judged.audited).toEqual([]);
    expect(judged.core).toContain("but for the automatic release, plain allocations do the same");
    expect(found(judge.drivers)).toEqual(
      found(then.drivers.filter((d) => judge.drivers.some((own) => keyOf(own) === keyOf(d)))),
    );
  });
});
