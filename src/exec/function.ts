/** What the executor needs to know of a function before it walks it: its graph, its locals, and where each local is dead. */
import { cleanupFunction } from "../c/cleanup.js";
import { buildFlow, type FlowGraph, type FlowNode, successors } from "../c/flow.js";
import type { CFunction } from "../c/source.js";
import type { CType, Expression, Statement } from "../c/syntax.js";

export interface FunctionInfo {
  readonly graph: FlowGraph;
  readonly locals: ReadonlyMap<string, CType>;
  /** Locals whose address is taken: they live in cells, so that callees can write them. */
  readonly addressTaken: ReadonlySet<string>;
  /** Locals that only ever get what calls give. */
  readonly given: ReadonlySet<string>;
  /** In order of declaration. */
  readonly cleanups: readonly Cleanup[];
}

/** A local with `__free(name)`, and the function that its end calls. */
export interface Cleanup {
  readonly local: string;
  readonly calls: string;
}

const cache = new WeakMap<CFunction, FunctionInfo>();

export function functionInfo(definition: CFunction): FunctionInfo {
  let info = cache.get(definition);
  if (!info) {
    info = analyse(definition);
    cache.set(definition, info);
  }
  return info;
}

function analyse(definition: CFunction): FunctionInfo {
  const { body } = definition.file.body(definition);
  const graph = buildFlow(body);
  const locals = new Map<string, CType>(definition.parameters.map((p) => [p.name, p.type]));
  const addressTaken = new Set<string>();
  const cleanups: Cleanup[] = [];
  for (const node of graph.nodes) {
    if (node.kind === "declare") {
      const { name, type, cleanup } = node.declaration;
      locals.set(name, type);
      if (cleanup !== undefined) cleanups.push({ local: name, calls: cleanupFunction(cleanup) });
    }
    for (const root of expressionsOf(node))
      visit(root, (e) => {
        if (e.kind === "unary" && e.operator === "&" && e.operand.kind === "name")
          addressTaken.add(e.operand.name);
        if (e.kind === "block") declared(e.body, locals);
      });
  }
  for (const name of addressTaken) if (!locals.has(name)) addressTaken.delete(name);
  const given = givenByCalls(graph, locals);
  return { graph, locals, addressTaken, given, cleanups };
}

function givenByCalls({ nodes }: FlowGraph, locals: ReadonlyMap<string, CType>): Set<string> {
  const given = new Set<string>();
  const others = new Set<string>();
  const note = (name: string, value: Expression) => (value.kind === "call" ? given : others).add(name);
  for (const node of nodes) {
    if (node.kind === "declare" && node.declaration.initial)
      note(node.declaration.name, node.declaration.initial);
    for (const root of expressionsOf(node))
      visit(root, (e) => {
        if (e.kind === "assign" && e.target.kind === "name") note(e.target.name, e.value);
      });
  }
  return new Set([...given].filter((name) => locals.has(name) && !others.has(name)));
}

function declared(statement: Statement, locals: Map<string, CType>): void {
  if (statement.kind === "block") for (const inner of statement.body) declared(inner, locals);
  if (statement.kind === "declare") for (const d of statement.declarations) locals.set(d.name, d.type);
}

/** The expressions that a node evaluates. */
export function expressionsOf(node: FlowNode): readonly Expression[] {
  switch (node.kind) {
    case "evaluate":
      return [node.expression];
    case "declare":
      return node.declaration.initial ? [node.declaration.initial] : [];
    case "branch":
      return [node.condition];
    case "switch":
      return [node.value];
    case "return":
      return node.value ? [node.value] : [];
    default:
      return [];
  }
}

/** Calls `see` for an expression and all in it. It runs for each expression several times, so it makes no lists. */
export function visit(e: Expression, see: (e: Expression) => void): void {
  see(e);
  switch (e.kind) {
    case "call":
      visit(e.callee, see);
      for (const argument of e.arguments) visit(argument, see);
      return;
    case "unary":
    case "postfix":
    case "cast":
      return visit(e.operand, see);
    case "binary":
      visit(e.left, see);
      return visit(e.right, see);
    case "assign":
      visit(e.target, see);
      return visit(e.value, see);
    case "member":
      return visit(e.object, see);
    case "name":
    case "number":
    case "string":
      return;
    default:
      for (const inner of children(e)) visit(inner, see);
  }
}

/** The expressions directly in an expression. */
export function children(e: Expression): readonly Expression[] {
  switch (e.kind) {
    case "call":
      return [e.callee, ...e.arguments];
    case "unary":
    case "postfix":
    case "cast":
      return [e.operand];
    case "binary":
      return [e.left, e.right];
    case "assign":
      return [e.target, e.value];
    case "conditional":
      return e.then ? [e.condition, e.then, e.otherwise] : [e.condition, e.otherwise];
    case "member":
      return [e.object];
    case "index":
      return [e.object, e.index];
    case "comma":
      return e.items;
    case "initializer":
      return e.items.map((item) => item.value);
    case "block":
      return statementExpressions(e.body);
    default:
      return [];
  }
}

/** The expressions that stand directly in a statement, for statement expressions `({ … })`. */
export function statementExpressions(statement: Statement): Expression[] {
  switch (statement.kind) {
    case "block":
      return statement.body.flatMap(statementExpressions);
    case "declare":
      return statement.declarations.flatMap((d) => (d.initial ? [d.initial] : []));
    case "expression":
      return [statement.expression];
    case "if":
      return [
        statement.condition,
        ...statementExpressions(statement.then),
        ...(statement.otherwise ? statementExpressions(statement.otherwise) : []),
      ];
    case "while":
    case "do":
      return [statement.condition, ...statementExpressions(statement.body)];
    case "for":
      return [
        ...(statement.start ? statementExpressions(statement.start) : []),
        ...(statement.condition ? [statement.condition] : []),
        ...(statement.step ? [statement.step] : []),
        ...statementExpressions(statement.body),
      ];
    case "iterate":
      return [...statement.arguments, ...statementExpressions(statement.body)];
    case "switch":
      return [statement.value, ...statementExpressions(statement.body)];
    case "return":
      return statement.value ? [statement.value] : [];
    case "either":
      return [
        ...(statement.condition ? [statement.condition] : []),
        ...statement.branches.flatMap((branch) => branch.flatMap(statementExpressions)),
      ];
    default:
      return [];
  }
}

/** Macros that hand a pointer on when the kernel is configured so (include/linux/util_macros.h, pm.h, of.h, init.h). */
export function wrapsPointer(macro: string): boolean {
  return /^(PTR_IF|pm_ptr|pm_sleep_ptr|of_match_ptr|acpi_ptr|__exit_p)$/.test(macro);
}

/** `PTR_IF(false, function)`. */
export function neverHolds(call: Extract<Expression, { kind: "call" }>): boolean {
  const [first] = call.arguments;
  return (
    call.callee.kind === "name" &&
    call.callee.name === "PTR_IF" &&
    ((first?.kind === "name" && first.name === "false") || (first?.kind === "number" && first.value === 0))
  );
}

/**
 * Backward data flow: a local is live where a path leads to a use of it before it is set anew.
 * @param atEnd locals that are used when the function has ended
 */
export function liveness(
  graph: FlowGraph,
  locals: ReadonlyMap<string, CType>,
  atEnd: readonly string[],
): (node: number, local: string) => boolean {
  const index = new Map([...locals.keys()].map((name, i) => [name, i] as const));
  const words = (index.size + 31) >>> 5;
  const { nodes } = graph;
  const live = new Uint32Array(nodes.length * words);
  const uses = new Uint32Array(nodes.length * words);
  const sets = new Int32Array(nodes.length).fill(-1);
  const use = (n: number, local: string) => {
    const i = index.get(local);
    if (i !== undefined) uses[n * words + (i >>> 5)]! |= 1 << (i & 31);
  };
  nodes.forEach((node, n) => {
    const target = assignedLocal(node);
    if (target !== undefined && index.has(target)) sets[n] = index.get(target)!;
    for (const root of expressionsOf(node)) {
      // `x = f(y)` as a whole statement uses y only.
      const used =
        root.kind === "assign" && root.operator === "=" && root.target.kind === "name" ? root.value : root;
      visit(used, (e) => {
        if (e.kind === "name") use(n, e.name);
      });
    }
    if (node.kind === "return") for (const local of atEnd) use(n, local);
  });
  const byOrder = [...nodes.keys()]
    .filter((n) => graph.order[n]! >= 0)
    .sort((a, b) => graph.order[b]! - graph.order[a]!);
  for (let changed = true; changed; ) {
    changed = false;
    for (const n of byOrder) {
      const base = n * words;
      const next = successors(nodes[n]!);
      for (let w = 0; w < words; w++) {
        let bits = 0;
        for (const s of next) bits |= live[s * words + w]!;
        if (sets[n]! >= 0 && sets[n]! >>> 5 === w) bits &= ~(1 << (sets[n]! & 31));
        bits = (bits | uses[base + w]!) >>> 0;
        if (bits !== live[base + w]) {
          live[base + w] = bits;
          changed = true;
        }
      }
    }
  }
  return (node, local) => {
    const i = index.get(local);
    return i !== undefined && (live[node * words + (i >>> 5)]! & (1 << (i & 31))) !== 0;
  };
}

function assignedLocal(node: FlowNode): string | undefined {
  if (node.kind === "declare") return node.declaration.name;
  if (node.kind !== "evaluate") return undefined;
  const { expression: e } = node;
  return e.kind === "assign" && e.operator === "=" && e.target.kind === "name" ? e.target.name : undefined;
}
