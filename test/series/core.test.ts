/** The core patches, executed. */
import { describe, expect, test } from "vitest";
import { coreOf } from "../../src/audit/analysis.js";
import type { Tree } from "../../src/kernel/tree.js";
import { device, holds } from "../../src/ownership/vectors.js";
import { addManagedApi, hasManagedApi } from "../../src/series/core-api.js";
import { coreBreaches } from "../../src/series/core-breaches.js";
import { endAutomaticRelease } from "../../src/series/core-change.js";
import { equivalent } from "../../src/series/core-equivalence.js";
import { callCore, coreCalls, detach, freshMoment } from "../../src/series/core-life.js";
import type { Change } from "../../src/series/edit.js";
import { realTree } from "../kernel/real-tree.js";

const put = (tree: Tree, change: Change) =>
  tree.withOverlay(new Map([...change].map(([path, text]) => [path, Buffer.from(text, "latin1")])));

describe.each(["6.12", "7.2", "7.3"])("Linux %s", async (version) => {
  const base = await realTree(version);
  const withApi = put(base, addManagedApi(base));
  const changed = put(withApi, endAutomaticRelease(withApi));

  test("the managed API keeps its promises, before and after the core change", () => {
    expect(hasManagedApi(base)).toBe(false);
    expect(hasManagedApi(withApi)).toBe(true);
    expect(coreBreaches(coreOf(withApi))).toEqual([]);
    expect(coreBreaches(coreOf(changed))).toEqual([]);
  });

  test("the first patch changes nothing for plain allocations", () => {
    expect(equivalent(coreOf(base), coreOf(withApi), "plain")).toMatchObject({ same: true });
  });

  test("the last patch changes nothing for unmanaged devices, and something for managed ones", () => {
    expect(equivalent(coreOf(withApi), coreOf(changed), "plain-unmanaged")).toMatchObject({ same: true });
    expect(equivalent(coreOf(withApi), coreOf(changed), "plain")).toMatchObject({ same: false });
  });

  test("the last patch changes nothing for the managed API, so that its users need no new audit", () => {
    expect(equivalent(coreOf(withApi), coreOf(changed), "managed")).toMatchObject({ same: true });
  });

  test.each([withApi, changed])("one release action stands exactly while vectors are held", (tree) => {
    const core = coreOf(tree);
    const enable = coreCalls(core).find(({ api }) => api === "pcim_enable_device")!;
    const managed = coreCalls(core).filter(({ api }) => api.startsWith("pcim_alloc"));
    expect(managed).toHaveLength(8);
    for (const start of [
      freshMoment(core),
      ...callCore(core, enable, freshMoment(core)).filter((end) => end.state.domain.devres.length > 0),
    ])
      for (const first of managed)
        for (const once of callCore(core, first, start))
          for (const again of managed.flatMap((second) => callCore(core, second, once))) {
            const releases = again.state.domain.devres.filter(({ name }) => name === "pcim_msi_release");
            expect(releases).toHaveLength(holds(again.state) ? 1 : 0);
            for (const after of detach(core, again)) {
              expect(holds(after.state)).toBe(false);
              for (const flag of core.flags)
                expect(after.state.cells.get(`${device}.${flag}`)?.constant).toBe(0);
            }
          }
  });
});
