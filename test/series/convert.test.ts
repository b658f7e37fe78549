import { expect, test } from "vitest";
import { SourceFile } from "../../src/c/source.js";
import { type Conversion, refused } from "../../src/series/convert/conversion.js";
import { dropFree, ownAction, toManaged } from "../../src/series/convert/index.js";
import { staleComment } from "../../src/series/convert/stale-comment.js";
import { BodyTokens } from "../../src/series/convert/tokens.js";
import { applyEdits } from "../../src/series/edit.js";

/** Converts every call that a conversion knows, in the function f(); or says why not. */
function convert(code: string, conversions: readonly Conversion[] = toManaged): string {
  const file = new SourceFile("drivers/x/x.c", code);
  const edits = file.functions.get("f")!.flatMap((definition) => {
    const body = new BodyTokens(file, definition);
    return body.words.flatMap((word, call) => {
      const conversion = conversions.find(({ apis }) => apis.includes(word));
      if (!conversion || body.words[call + 1] !== "(") return [];
      const converted = conversion.convert({ body, call });
      if (refused(converted)) throw new Error(converted.why);
      return [...converted];
    });
  });
  return applyEdits(code, edits);
}

const inF = (...lines: string[]) =>
  `static int f(struct pci_dev *pdev)\n{\n${lines.map((l) => `\t${l}\n`).join("")}}\n`;

const cases: readonly { title: string; input: string; expected: string }[] = [
  {
    title: "a call on one line changes its name only",
    input: inF("return pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);"),
    expected: inF("return pcim_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);"),
  },
  {
    title: "aligned continuation lines stay aligned, across a tab stop",
    input: inF(
      "return pci_alloc_irq_vectors(pdev, 1, 8,",
      "\t\t\t\t     PCI_IRQ_MSI |",
      "\t\t\t\t     PCI_IRQ_MSIX);",
    ),
    expected: inF(
      "return pcim_alloc_irq_vectors(pdev, 1, 8,",
      "\t\t\t\t      PCI_IRQ_MSI |",
      "\t\t\t\t      PCI_IRQ_MSIX);",
    ),
  },
  {
    title: "continuation lines that were indented by tabs stay as they are",
    input: inF("ret = pci_alloc_irq_vectors(pdev, 1, 8,", "\t\tPCI_IRQ_MSI);"),
    expected: inF("ret = pcim_alloc_irq_vectors(pdev, 1, 8,", "\t\tPCI_IRQ_MSI);"),
  },
  {
    title: "a file indented by spaces gets spaces",
    input:
      "int f(void)\n{\n    ret = pci_alloc_irq_vectors(p, 1,\n                                8, F);\n}\n",
    expected:
      "int f(void)\n{\n    ret = pcim_alloc_irq_vectors(p, 1,\n                                 8, F);\n}\n",
  },
  {
    title: "comments between arguments stay",
    input: inF("ret = pci_alloc_irq_vectors(pdev, /* least */ 1, 8, F); /* most */"),
    expected: inF("ret = pcim_alloc_irq_vectors(pdev, /* least */ 1, 8, F); /* most */"),
  },
  {
    title: "CRLF stays",
    input: inF("ret = pci_alloc_irq_vectors(pdev, 1,", "\t\t\t\t  8, F);").replaceAll("\n", "\r\n"),
    expected: inF("ret = pcim_alloc_irq_vectors(pdev, 1,", "\t\t\t\t   8, F);").replaceAll("\n", "\r\n"),
  },
  {
    title: "both branches of an #ifdef",
    input: inF(
      "#ifdef A",
      "ret = pci_alloc_irq_vectors(p, 1, 1, A);",
      "#else",
      "ret = pci_alloc_irq_vectors(p, 1, 1, B);",
      "#endif",
    ).replaceAll("\t#", "#"),
    expected: inF(
      "#ifdef A",
      "ret = pcim_alloc_irq_vectors(p, 1, 1, A);",
      "#else",
      "ret = pcim_alloc_irq_vectors(p, 1, 1, B);",
      "#endif",
    ).replaceAll("\t#", "#"),
  },
  {
    title: "pci_enable_msi() whose result nobody reads",
    input: inF("pci_enable_msi(pdev);", "return 0;"),
    expected: inF("pcim_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);", "return 0;"),
  },
  {
    title: "pci_enable_msi() in a condition",
    input: inF(
      "if (msi && !pci_enable_msi(pdev))",
      "\tgo();",
      "if (pci_enable_msi(pdev) == 0 || pci_enable_msi(pdev))",
      "\tstop();",
    ),
    expected: inF(
      "if (msi && pcim_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI) > 0)",
      "\tgo();",
      "if (pcim_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI) > 0 || pcim_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI) < 0)",
      "\tstop();",
    ),
  },
  {
    title: "pci_enable_msi() through a variable that is set anew",
    input: inF("err = pci_enable_msi(pdev);", "if (err)", "\treturn err;", "err = next();", "return err;"),
    expected: inF(
      "err = pcim_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);",
      "if (err < 0)",
      "\treturn err;",
      "err = next();",
      "return err;",
    ),
  },
  {
    title: "pci_enable_msix_exact() for one entry at 0",
    input: inF(
      "s->e.entry = 0;",
      "err = pci_enable_msix_exact(pdev, &s->e, 1);",
      "if (err)",
      "\treturn err;",
      "return 0;",
    ),
    expected: inF(
      "s->e.entry = 0;",
      "err = pcim_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX);",
      "if (err < 0)",
      "\treturn err;",
      "",
      "s->e.vector = pci_irq_vector(pdev, 0);",
      "return 0;",
    ).replace("\t\n", "\n"),
  },
  {
    title: "pci_enable_msix_range() for entries numbered from 0",
    input: inF(
      "for (i = 0; i < n; i++)",
      "\te[i].entry = i;",
      "ret = pci_enable_msix_range(pdev, e, 1, n);",
      "if (ret < 0)",
      "\treturn ret;",
      "return 0;",
    ),
    expected: inF(
      "for (i = 0; i < n; i++)",
      "\te[i].entry = i;",
      "ret = pcim_alloc_irq_vectors(pdev, 1, n, PCI_IRQ_MSIX);",
      "if (ret < 0)",
      "\treturn ret;",
      "",
      "for (i = 0; i < ret; i++)",
      "\te[i].vector = pci_irq_vector(pdev, i);",
      "return 0;",
    ).replace("\t\n", "\n"),
  },
  {
    title: "the variable is set anew in the branch of success",
    input: inF("err = pci_enable_msi(pdev);", "if (!err) {", "\terr = go();", "}", "return err;"),
    expected: inF(
      "err = pcim_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);",
      "if (err > 0) {",
      "\terr = go();",
      "}",
      "return err;",
    ),
  },
  {
    title: "pci_enable_msi() as a truth value",
    input: inF(
      "if (WARN_ON(pci_enable_msi(pdev)))",
      "\treturn -EIO;",
      "chip->msi = !pci_enable_msi(pdev);",
      "return pci_enable_msi(pdev) == 0;",
    ),
    expected: inF(
      "if (WARN_ON(pcim_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI) < 0))",
      "\treturn -EIO;",
      "chip->msi = pcim_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI) > 0;",
      "return pcim_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI) > 0;",
    ),
  },
];

test.each(cases)("$title", ({ input, expected }) => {
  expect(convert(input)).toBe(expected);
});

test.each(cases)("$title: nothing is left to convert", ({ expected }) => {
  expect(convert(expected)).toBe(expected);
});

const refusals: readonly { title: string; input: string; why: RegExp }[] = [
  {
    title: "a count would be returned as 0 was",
    input: inF("err = pci_enable_msi(pdev);", "if (err)", "\treturn err;", "return err;"),
    why: /err is 0 after it and is used later/,
  },
  {
    title: "a jump may pass over the assignment",
    input: inF(
      "err = pci_enable_msi(pdev);",
      "if (err)",
      "\treturn err;",
      "if (x)",
      "\tgoto out;",
      "err = 0;",
      "out:",
      "return err;",
    ),
    why: /used later/,
  },
  { title: "the value is returned", input: inF("return pci_enable_msi(pdev);"), why: /not followed/ },
  {
    title: "other entries of the table are asked for",
    input: inF(
      "for (i = 0; i < n; i++)",
      "\te[i].entry = 48 + i;",
      "ret = pci_enable_msix_range(pdev, e, n, n);",
      "if (ret < 0)",
      "\treturn ret;",
    ),
    why: /entries 48 \+ i of the table/,
  },
  {
    title: "the variable is set anew on some paths only",
    input: inF(
      "err = pci_enable_msi(pdev);",
      "if (err)",
      "\treturn err;",
      "if (x)",
      "\terr = go();",
      "return err;",
    ),
    why: /used later/,
  },
  {
    title: "the variable is set anew in a block, and read after it",
    input: inF(
      "err = pci_enable_msi(pdev);",
      "if (err)",
      "\treturn err;",
      "if (x) {",
      "\terr = go();",
      "}",
      "return err;",
    ),
    why: /used later/,
  },
  {
    title: "the variable is set anew in one branch of an #ifdef",
    input: inF(
      "err = pci_enable_msi(pdev);",
      "if (err)",
      "\treturn err;",
      "#ifdef A",
      "err = go();",
      "#endif",
      "return err;",
    ).replaceAll("\t#", "#"),
    why: /used later/,
  },
  {
    title: "the variable is read when a loop comes round",
    input: inF(
      "int err = 0;",
      "for (i = 0; i < 2; i++) {",
      "\tif (err)",
      "\t\tcontinue;",
      "\terr = pci_enable_msi(pdev);",
      "\tif (err)",
      "\t\tbreak;",
      "}",
    ),
    why: /used later/,
  },
  {
    title: "a condition governs the call, and not the check",
    input: inF("if (x)", "\terr = pci_enable_msi(pdev);", "if (err)", "\tintx();"),
    why: /where the call was not made/,
  },
  {
    title: "the variable is the file's",
    input: `static int err;\n\n${inF("err = pci_enable_msi(pdev);", "if (err)", "\treturn -EIO;", "return 0;")}`,
    why: /read by other functions/,
  },
  {
    title: "the value goes through a pointer",
    input: inF("*err = pci_enable_msi(pdev);"),
    why: /not followed/,
  },
  {
    title: "the value goes to a function",
    input: inF("x = ERR_PTR(pci_enable_msi(pdev));"),
    why: /not followed/,
  },
  {
    title: "the value is switched on",
    input: inF("switch (pci_enable_msi(pdev)) {", "}"),
    why: /not followed/,
  },
  {
    title: "the numbers cannot be stored before an else",
    input: inF(
      "e.entry = 0;",
      "err = pci_enable_msix_exact(pdev, &e, 1);",
      "if (err)",
      "\treturn err;",
      "else",
      "\tgo();",
    ),
    why: /not clear/,
  },
  {
    title: "the numbers cannot be stored where the driver goes on after a failure",
    input: inF("e.entry = 0;", "err = pci_enable_msix_exact(pdev, &e, 1);", "if (err)", "\twarn();"),
    why: /not clear/,
  },
];

test.each(refusals)("left alone: $title", ({ input, why }) => {
  expect(() => convert(input)).toThrow(why);
});

test("an own free goes with the empty line that it would leave double", () => {
  const before = inF("a();", "", "pci_free_irq_vectors(pdev);", "", "return -EIO;").replaceAll("\t\n", "\n");
  expect(convert(before, [dropFree])).toBe(inF("a();", "", "return -EIO;").replaceAll("\t\n", "\n"));
});

test.each([
  ["a fallback goes on", inF("pci_free_irq_vectors(pdev);", "goto intx;", "intx:", "return 0;"), /may go on/],
  [
    "a condition governs it",
    inF("if (x)", "\tpci_free_irq_vectors(pdev);", "return -EIO;"),
    /all that a condition governs/,
  ],
  [
    "a variable would be unused",
    inF("struct pci_dev *p = g();", "pci_free_irq_vectors(p);", "return -EIO;"),
    /p would be unused/,
  ],
])("an own free stays where %s", (_, input, why) => {
  expect(() => convert(input, [dropFree])).toThrow(why);
});

const free = "pci_free_irq_vectors(pdev);";
const lines = (...code: string[]) => `${code.join("\n")}\n`;

test.each([
  [
    "the empty line that it would leave at the end",
    ["void f(void)", "{", "\ta();", "", `\t${free}`, "}"],
    ["void f(void)", "{", "\ta();", "}"],
  ],
  [
    "the comment that is about it alone",
    ["void f(void)", "{", "\ta();", "\t/* Give the vectors back. */", `\t${free}`, "}"],
    ["void f(void)", "{", "\ta();", "}"],
  ],
  [
    "its label, when the function only returns after it",
    [
      "int f(void)",
      "{",
      "\tif (a())",
      "\t\tgoto free_irq;",
      "\tret = b();",
      "\tif (ret)",
      "\t\tgoto undo;",
      "\treturn 0;",
      "",
      "undo:",
      "\tc();",
      "free_irq:",
      `\t${free}`,
      "\treturn ret;",
      "}",
    ],
    [
      "int f(void)",
      "{",
      "\tif (a())",
      "\t\treturn ret;",
      "\tret = b();",
      "\tif (ret)",
      "\t\tgoto undo;",
      "\treturn 0;",
      "",
      "undo:",
      "\tc();",
      "\treturn ret;",
      "}",
    ],
  ],
  [
    "the return that nobody but its label came to",
    [
      "int f(void)",
      "{",
      "\tif (a())",
      "\t\tgoto free_irq;",
      "\treturn 0;",
      "",
      "free_irq:",
      `\t${free}`,
      "\treturn -EIO;",
      "}",
    ],
    ["int f(void)", "{", "\tif (a())", "\t\treturn -EIO;", "\treturn 0;", "}"],
  ],
  [
    "its label, when another one follows",
    [
      "int f(void)",
      "{",
      "\tif (a())",
      "\t\tgoto free_irq;",
      "\treturn 0;",
      "",
      "free_irq:",
      `\t${free}`,
      "undo:",
      "\tc();",
      "\treturn -EIO;",
      "}",
    ],
    [
      "int f(void)",
      "{",
      "\tif (a())",
      "\t\tgoto undo;",
      "\treturn 0;",
      "",
      "undo:",
      "\tc();",
      "\treturn -EIO;",
      "}",
    ],
  ],
])("an own free goes with %s", (_, before, after) => {
  expect(convert(lines(...before), [dropFree])).toBe(lines(...after));
});

test("a label that says something else stays", () => {
  const before = lines("int f(void)", "{", "\tgoto out;", "out:", `\t${free}`, "", "\treturn ret;", "}");
  expect(convert(before, [dropFree])).toBe(
    lines("int f(void)", "{", "\tgoto out;", "out:", "\treturn ret;", "}"),
  );
});

test("an own free stays under a comment that may be about what follows, too", () => {
  const code = lines("void f(void)", "{", "\t/* Stop everything. */", `\t${free}`, "\tstop();", "}");
  expect(() => convert(code, [dropFree])).toThrow(/the comment above it/);
});

test("an own free stays that runs at shutdown, too, where devres does not", () => {
  const code = lines(
    "void f(void)",
    "{",
    "\ta();",
    `\t${free}`,
    "}",
    "",
    "void stop(void)",
    "{",
    "\tf();",
    "}",
    "",
    "struct pci_driver d = {",
    "\t.shutdown = stop,",
    "};",
  );
  expect(() => convert(code, [dropFree])).toThrow(/at shutdown/);
});

test("a driver's own action is not put where the count would be lost", () => {
  const code = inF("n = pci_enable_msix_range(pdev, e, 1, 4);", "if (n < 0)", "\treturn n;", "use(n);");
  expect(() => convert(code, [ownAction])).toThrow(/number of vectors, and is used later/);
});

test("a driver's own action comes right after the allocation", () => {
  const converted = convert(
    `int a;\n\n${inF("err = pci_enable_msix_range(pdev, e, 4, 4);", "if (err < 0)", "\tgoto out;", "return 0;", "out:", "return -EIO;")}`,
    [ownAction],
  );
  expect(converted).toContain(
    "static void x_free_irq_vectors(void *pdev)\n{\n\tpci_free_irq_vectors(pdev);\n}\n\nstatic int f",
  );
  expect(converted).toContain(
    "\t\tgoto out;\n\n\terr = devm_add_action_or_reset(&pdev->dev, x_free_irq_vectors, pdev);\n\tif (err)\n\t\tgoto out;\n",
  );
});

test.each([
  ["a comment of one sentence goes", ["/* Freed by pcim_release(). See pcim_enable_device() */"], []],
  [
    "of a longer comment the line that says it",
    ["/*", " * One for each ring.", " * Nothing to free, done by pcim_release.", " */"],
    ["/*", " * One for each ring.", " */"],
  ],
  [
    "a comment whose sentence is spread over lines goes",
    ["/*", " * We leave it to", " * pcim_release() to free them", " */"],
    [],
  ],
  [
    "a paragraph that is about nothing else goes, with the empty line above it",
    [
      "/*",
      " * A function of this kind has no INTx.",
      " *",
      " * pci_alloc_irq_vectors() frees them automatically although it is not",
      " * called pcim_*.  See pci_setup_msi_context().",
      " */",
    ],
    ["/*", " * A function of this kind has no INTx.", " */"],
  ],
  [
    "a sentence that shares its lines with another one stays",
    ["/*", " * Ask for one. It is left to", " * pcim_release() to free it", " */"],
    ["/*", " * Ask for one. It is left to", " * pcim_release() to free it", " */"],
  ],
  ["a line comment goes", ["// Vectors are freed by pcim_release()"], []],
  [
    "a comment on enabling stays",
    ["/* Has to come after pcim_enable_device() */"],
    ["/* Has to come after pcim_enable_device() */"],
  ],
  ["a comment on something else stays", ["/* Ask for one. */"], ["/* Ask for one. */"]],
])("what devres frees: %s", (_, before, after) => {
  const code = (comment: readonly string[]) =>
    inF("first();", ...comment, "n = 1;", "pci_alloc_irq_vectors(p);");
  const file = new SourceFile("drivers/x/x.c", code(before));
  const body = new BodyTokens(file, file.functions.get("f")![0]!);
  const edits = staleComment({ body, call: body.words.indexOf("pci_alloc_irq_vectors") });
  expect(applyEdits(file.text, edits)).toBe(code(after));
});
