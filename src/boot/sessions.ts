/** Whole sessions with the test machine: conformance and claims, over one core after the other. Results are data. */
import { resolve } from "node:path";
import type { ProgressListener } from "../base/progress.js";
import { openTree } from "../kernel/tree.js";
import { buildKernel, type KernelImage } from "./build.js";
import { CLAIMS, type Claim, type ClaimVerdict, claimScenario, decideClaim, runsOf } from "./claims.js";
import { conformanceScenarios, judge, type Verdict } from "./conformance.js";
import { notStarted } from "./machine.js";
import { patchedTree } from "./patches.js";
import { corePredictor } from "./predict.js";
import { neverStarted, runScenarios, type ScenarioRun } from "./run-scenarios.js";
import type { Scenario } from "./scenario.js";
import type { CoreState } from "./series.js";

export interface SessionRequest {
  readonly tree: string;
  /** Where the tree is a checkout: of which repository, and what the user calls the revision. */
  readonly checkout?: { readonly repository: string; readonly revision: string };
  /** The cores to try, in order. */
  readonly cores: readonly CoreState[];
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
  /** Milliseconds after which no other driver is begun. */
  readonly limit?: number;
}

/** The tree that a report is about. */
export interface TreeName {
  /** The tree's folder, or the repository's. */
  readonly path: string;
  readonly version: string;
  readonly revision?: string;
}

/** How the guest fared; the same for every session. */
export interface CoreRun {
  readonly core: string;
  readonly boots: number;
  /** Wall time of the scenarios, without the build. */
  readonly seconds: number;
  readonly untraced: readonly string[];
  readonly deaths: ScenarioRun["deaths"];
}

export interface ConformanceReport {
  readonly schema: "treewide.boot-conformance/1";
  readonly tree: TreeName;
  readonly cores: readonly (CoreRun & { readonly verdicts: readonly Verdict[] })[];
}

export interface ClaimsReport {
  readonly schema: "treewide.boot-claims/1";
  readonly tree: TreeName;
  readonly claims: readonly { readonly id: string; readonly title: string; readonly fault: boolean }[];
  readonly cores: readonly (CoreRun & { readonly verdicts: readonly ClaimVerdict[] })[];
}

/** Compares the executor with the kernel on each core. */
export async function conformanceSession(
  request: SessionRequest,
  set: "short" | "all",
): Promise<ConformanceReport> {
  const cores: ConformanceReport["cores"][number][] = [];
  for (const core of request.cores) {
    const image = await testKernel(request, core);
    const scenarios = conformanceScenarios(image.core, set);
    const { run, seconds } = await timed(image, scenarios, request);
    const tree = await patchedTree(request.tree, core.patches);
    const predictor = corePredictor((file) => tree.read(file)?.toString("latin1"));
    const observed = new Map(run.observations.map((one) => [one.id, one]));
    const verdicts = scenarios.map((scenario): Verdict => {
      const one = observed.get(scenario.id);
      return one
        ? judge(scenario, one, predictor)
        : { id: scenario.id, verdict: "unknown", why: ["the guest never came to it"] };
    });
    cores.push({ ...summary(core, run, seconds), verdicts });
  }
  requireStart(cores);
  return { schema: "treewide.boot-conformance/1", tree: treeName(request), cores };
}

/** Decides the claims of the thread on each core. */
export async function claimsSession(request: SessionRequest): Promise<ClaimsReport> {
  const cores: ClaimsReport["cores"][number][] = [];
  const fileOf = fileIn(request.tree);
  for (const core of request.cores) {
    const image = await testKernel(request, core);
    const managed = image.core.managedAllocation;
    const asked = CLAIMS.filter((claim) => managed || !claim.needsManagedAllocation);
    const { run, seconds } = await timed(
      image,
      asked.flatMap((claim) => scenariosOf(claim, managed)),
      request,
    );
    const observed = new Map(run.observations.map((one) => [one.id, one]));
    const left = new Map(image.drivers.flatMap(({ driver, why }) => (why ? [[driver, why]] : [])));
    cores.push({
      ...summary(core, run, seconds),
      verdicts: CLAIMS.map((claim): ClaimVerdict => {
        if (!claim.driver) return decideClaim(claim, managed, observed);
        const file = fileOf(claim);
        const verdict = file === undefined ? "not-applicable" : "unknown";
        const why = file === undefined ? `the tree has no ${claim.driver[0]}` : left.get(file);
        if (why === undefined) return decideClaim(claim, managed, observed);
        return { claim: claim.id, verdict, shown: `its driver is not in this kernel: ${why}`, traces: [] };
      }),
    });
  }
  requireStart(cores);
  return {
    schema: "treewide.boot-claims/1",
    tree: treeName(request),
    claims: CLAIMS.map(({ id, title, fault }) => ({ id, title, fault })),
    cores,
  };
}

function scenariosOf(claim: Claim, managed: boolean): readonly Scenario[] {
  return runsOf(claim, managed).map(({ device, acts }, n) => ({ id: claimScenario(claim, n), device, acts }));
}

/** The C file of a claim's driver in this tree. */
function fileIn(path: string): (claim: Claim) => string | undefined {
  const { exists } = openTree({ kind: "folder", path });
  return ({ driver }) => driver?.find(exists);
}

/**
 * The kernel of a core. The claims' drivers are in each: conformance and claims share one kernel then, and going from
 * one to the other compiles nothing.
 * @param drivers C files of others
 * @param symbols to set beside what they need
 * @throws KnownError as `buildKernel` does.
 */
export function testKernel(
  request: Omit<SessionRequest, "cores">,
  core: CoreState,
  drivers: readonly string[] = [],
  symbols: readonly string[] = [],
): Promise<KernelImage> {
  const { tree, signal, onProgress } = request;
  const claimed = CLAIMS.flatMap((claim) => fileIn(tree)(claim) ?? []);
  return buildKernel({
    tree,
    patches: core.patches,
    drivers: [...new Set([...claimed, ...drivers])],
    symbols,
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
}

async function timed(image: KernelImage, scenarios: readonly Scenario[], request: SessionRequest) {
  const started = performance.now();
  const run = await runScenarios(image, scenarios, request);
  return { run, seconds: Math.round((performance.now() - started) / 100) / 10 };
}

const summary = (core: CoreState, { boots, untraced, deaths }: ScenarioRun, seconds: number): CoreRun => ({
  core: core.name,
  boots,
  seconds,
  untraced,
  deaths,
});

/**
 * Of several cores one that does not boot is a finding; when none does there is nothing to report.
 * @throws KnownError
 */
function requireStart(cores: readonly CoreRun[]): void {
  const [first] = cores;
  const death = first?.deaths[0];
  if (first && death && cores.every(neverStarted)) throw notStarted(first.core, death.end, death.tail);
}

/** What a report calls the tree of a request. */
export function treeName({ tree, checkout }: SessionRequest): TreeName {
  const { root, version } = openTree({ kind: "folder", path: tree });
  return checkout
    ? { path: resolve(checkout.repository), version, revision: checkout.revision }
    : { path: root, version };
}
