import { expect, test } from "vitest";
import { compileError } from "../../src/boot/compile-error.js";
import { blamed } from "../../src/boot/driver-kernels.js";

const OUTPUT = `../drivers/net/a/one.c: In function 'one':
../drivers/net/a/one.c:7:2: error: implicit declaration of function 'two'
make[6]: *** [/src/scripts/Makefile.build:289: drivers/net/a/one.o] Error 1
make[6]: *** Waiting for unfinished jobs....
make[5]: *** [/src/scripts/Makefile.build:548: drivers/net/a] Error 2
make: *** [Makefile:248: __sub-make] Error 2
`;

test("a compiler that fails names the objects, and its errors are told", () => {
  const error = compileError("compiling the kernel", "make ended with 2", OUTPUT);
  expect(error.objects).toEqual(["drivers/net/a/one"]);
  expect(error.message).toBe(
    "compiling the kernel: make ended with 2\n../drivers/net/a/one.c:7:2: error: implicit declaration of function 'two'",
  );
});

test("a linker that fails does so too", () => {
  const output =
    "ld: drivers/b/two.o: in function `two':\ntwo.c:(.text+0x1): undefined reference to `three'\n";
  expect(compileError("linking", "make ended with 2", output).objects).toEqual(["drivers/b/two"]);
});

test("an object is blamed on the driver of whose module it is part", () => {
  const module = {
    name: "a",
    files: ["drivers/net/a/main.c", "drivers/net/a/one.c"],
    config: null,
    makefile: "",
  };
  const kbuild = { moduleOf: (file: string) => (file.startsWith("drivers/net/a/") ? module : undefined) };
  const files = ["drivers/net/a/main.c", "drivers/b/two.c"];
  expect(blamed(["drivers/net/a/one"], files, kbuild)).toEqual(["drivers/net/a/main.c"]);
  expect(blamed(["drivers/b/two"], files, kbuild)).toEqual(["drivers/b/two.c"]);
  expect(blamed(["kernel/fork"], files, kbuild)).toEqual([]);
});
