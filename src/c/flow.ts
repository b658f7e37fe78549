/**
 * The control flow graph of a function body: what an executor walks. Conditions are split at `&&`, `||` and `!`,
 * so that a branch tests one thing.
 */
import type { Declaration, Expression, Statement } from "./syntax.js";

export type FlowNode =
  | { readonly kind: "evaluate"; readonly at: number; readonly expression: Expression; readonly next: number }
  | {
      readonly kind: "declare";
      readonly at: number;
      readonly declaration: Declaration;
      readonly next: number;
    }
  | {
      readonly kind: "branch";
      readonly at: number;
      readonly condition: Expression;
      readonly then: number;
      readonly otherwise: number;
      readonly loop: boolean;
    }
  /** Nobody can tell which way: an #if, or a loop that a macro governs. */
  | {
      readonly kind: "fork";
      readonly at: number;
      readonly targets: readonly number[];
      readonly loop: boolean;
    }
  | {
      readonly kind: "switch";
      readonly at: number;
      readonly value: Expression;
      readonly cases: readonly FlowCase[];
      readonly otherwise: number;
    }
  | { readonly kind: "return"; readonly at: number; readonly value: Expression | undefined }
  /** Nothing happens: where paths meet. */
  | { readonly kind: "join"; readonly at: number; readonly next: number };

export interface FlowCase {
  readonly value: Expression;
  /** The upper end of `case a ... b`. */
  readonly to: Expression | undefined;
  readonly target: number;
}

export interface FlowGraph {
  readonly nodes: readonly FlowNode[];
  readonly entry: number;
  /** Reverse post-order number of each node: a node comes after those that lead to it, loops apart. */
  readonly order: Int32Array;
  /** How many edges lead to each node. */
  readonly incoming: Int32Array;
  /** Labels that a goto names but no statement carries. */
  readonly missingLabels: readonly string[];
}

type Mutable<N> = { -readonly [K in keyof N]: N[K] };

interface Scope {
  readonly breakTo: number | undefined;
  readonly continueTo: number | undefined;
  /** Collects the cases of the innermost switch. */
  readonly cases: { readonly list: Mutable<FlowCase>[]; otherwise: number | undefined } | undefined;
}

/** Builds the graph of a function's body. Never fails: a goto without its label ends the path. */
export function buildFlow(body: Statement): FlowGraph {
  const builder = new Builder();
  const exit = builder.add({ kind: "return", at: body.at, value: undefined });
  const entry = builder.add({ kind: "join", at: body.at, next: exit });
  builder.connect(entry, body, exit, { breakTo: undefined, continueTo: undefined, cases: undefined });
  return builder.finish(entry);
}

class Builder {
  private readonly nodes: Mutable<FlowNode>[] = [];
  private readonly labels = new Map<string, number>();
  private readonly placed = new Set<string>();

  add(node: FlowNode): number {
    this.nodes.push(node as Mutable<FlowNode>);
    return this.nodes.length - 1;
  }

  private join(at: number, next = -1): number {
    return this.add({ kind: "join", at, next });
  }

  private setNext(join: number, next: number): void {
    (this.nodes[join] as { next: number }).next = next;
  }

  /** Makes the join `from` lead through a statement to `to`. */
  connect(from: number, statement: Statement, to: number, scope: Scope): void {
    this.setNext(from, this.statement(statement, to, scope));
  }

  /** Adds a statement that ends at node `next`; returns where it begins. */
  private statement(statement: Statement, next: number, scope: Scope): number {
    const { at } = statement;
    switch (statement.kind) {
      case "block":
        return this.sequence(statement.body, next, scope);
      case "declare": {
        let target = next;
        for (const declaration of [...statement.declarations].reverse())
          target = this.add({ kind: "declare", at: declaration.at, declaration, next: target });
        return target;
      }
      case "expression":
        return this.add({ kind: "evaluate", at, expression: statement.expression, next });
      case "if": {
        const otherwise = statement.otherwise ? this.statement(statement.otherwise, next, scope) : next;
        return this.condition(
          statement.condition,
          this.statement(statement.then, next, scope),
          otherwise,
          false,
        );
      }
      case "while": {
        const head = this.join(at);
        const body = this.statement(statement.body, head, { ...scope, breakTo: next, continueTo: head });
        this.setNext(head, this.condition(statement.condition, body, next, true));
        return head;
      }
      case "do": {
        const head = this.join(at);
        const test = this.join(at);
        this.setNext(test, this.condition(statement.condition, head, next, true));
        this.connect(head, statement.body, test, { ...scope, breakTo: next, continueTo: test });
        return head;
      }
      case "for": {
        const head = this.join(at);
        const step = statement.step
          ? this.add({ kind: "evaluate", at: statement.step.at, expression: statement.step, next: head })
          : head;
        const body = this.statement(statement.body, step, { ...scope, breakTo: next, continueTo: step });
        this.setNext(
          head,
          statement.condition ? this.condition(statement.condition, body, next, true) : body,
        );
        return statement.start ? this.statement(statement.start, head, scope) : head;
      }
      case "iterate": {
        const head = this.join(at);
        const body = this.statement(statement.body, head, { ...scope, breakTo: next, continueTo: head });
        this.setNext(head, this.add({ kind: "fork", at, targets: [body, next], loop: true }));
        let target = head;
        for (const argument of [...statement.arguments].reverse())
          if (argument.kind === "call")
            target = this.add({ kind: "evaluate", at, expression: argument, next: target });
        return target;
      }
      case "switch": {
        const cases: NonNullable<Scope["cases"]> = { list: [], otherwise: undefined };
        this.statement(statement.body, next, { ...scope, breakTo: next, cases });
        return this.add({
          kind: "switch",
          at,
          value: statement.value,
          cases: cases.list,
          otherwise: cases.otherwise ?? next,
        });
      }
      case "case": {
        const target = this.join(at, next);
        if (scope.cases) {
          if (statement.value) scope.cases.list.push({ value: statement.value, to: statement.to, target });
          else scope.cases.otherwise = target;
        }
        return target;
      }
      case "label": {
        const target = this.label(statement.name, at);
        this.placed.add(statement.name);
        this.setNext(target, next);
        return target;
      }
      case "goto":
        return statement.label === undefined
          ? this.add({ kind: "return", at, value: undefined })
          : this.label(statement.label, at);
      case "return":
        return this.add({ kind: "return", at, value: statement.value });
      case "break":
        return scope.breakTo ?? next;
      case "continue":
        return scope.continueTo ?? next;
      case "empty":
        return next;
      case "either": {
        const [yes = [], no = []] = statement.branches;
        if (statement.condition)
          return this.condition(
            statement.condition,
            this.sequence(yes, next, scope),
            this.sequence(no, next, scope),
            false,
          );
        return this.add({
          kind: "fork",
          at,
          targets: statement.branches.map((branch) => this.sequence(branch, next, scope)),
          loop: false,
        });
      }
    }
  }

  private sequence(statements: readonly Statement[], next: number, scope: Scope): number {
    let target = next;
    for (let i = statements.length - 1; i >= 0; i--) target = this.statement(statements[i]!, target, scope);
    return target;
  }

  private condition(condition: Expression, then: number, otherwise: number, loop: boolean): number {
    if (condition.kind === "binary" && condition.operator === "&&")
      return this.condition(
        condition.left,
        this.condition(condition.right, then, otherwise, loop),
        otherwise,
        loop,
      );
    if (condition.kind === "binary" && condition.operator === "||")
      return this.condition(
        condition.left,
        then,
        this.condition(condition.right, then, otherwise, loop),
        loop,
      );
    if (condition.kind === "unary" && condition.operator === "!")
      return this.condition(condition.operand, otherwise, then, loop);
    const wrapped = condition.kind === "call" && condition.callee.kind === "name" ? condition.arguments : [];
    if (
      condition.kind === "call" &&
      condition.callee.kind === "name" &&
      /^(un)?likely$/.test(condition.callee.name) &&
      wrapped[0]
    )
      return this.condition(wrapped[0], then, otherwise, loop);
    return this.add({ kind: "branch", at: condition.at, condition, then, otherwise, loop });
  }

  private label(name: string, at: number): number {
    let target = this.labels.get(name);
    if (target === undefined) {
      target = this.join(at);
      this.labels.set(name, target);
    }
    return target;
  }

  finish(entry: number): FlowGraph {
    const missingLabels = [...this.labels.keys()].filter((name) => !this.placed.has(name));
    for (const name of missingLabels) {
      const target = this.labels.get(name)!;
      this.setNext(target, this.add({ kind: "return", at: this.nodes[target]!.at, value: undefined }));
    }
    const nodes = this.nodes as readonly FlowNode[];
    return { nodes, entry, missingLabels, ...numbered(nodes, entry) };
  }
}

/** The nodes that control can reach from a node in one step. */
export function successors(node: FlowNode): readonly number[] {
  switch (node.kind) {
    case "evaluate":
    case "declare":
    case "join":
      return [node.next];
    case "branch":
      return [node.then, node.otherwise];
    case "fork":
      return node.targets;
    case "switch":
      return [...node.cases.map((c) => c.target), node.otherwise];
    case "return":
      return [];
  }
}

/** Numbers the reachable nodes in reverse post-order, without recursion: 5,000 nested branches are 5,000 nodes deep. */
export function numbered(
  nodes: readonly FlowNode[],
  entry: number,
): { order: Int32Array; incoming: Int32Array } {
  const order = new Int32Array(nodes.length).fill(-1);
  const incoming = new Int32Array(nodes.length);
  const seen = new Uint8Array(nodes.length);
  const stack: { node: number; next: readonly number[]; done: number }[] = [];
  const enter = (node: number) => {
    seen[node] = 1;
    stack.push({ node, next: successors(nodes[node]!), done: 0 });
  };
  let last = nodes.length;
  enter(entry);
  incoming[entry] = 1;
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    const target = top.next[top.done++];
    if (target === undefined) {
      order[top.node] = --last;
      stack.pop();
    } else {
      incoming[target]!++;
      if (!seen[target]) enter(target);
    }
  }
  return { order, incoming };
}
