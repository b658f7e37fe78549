import { expect, test } from "vitest";
import { configurable, kernelConfig } from "../../src/boot/config.js";
import { coreFiles, writeTree } from "../kernel/fixture.js";

const kconfig = `config CLOCK
	tristate "A clock"

config CLOCK_OPTIONAL
	tristate
	default y if CLOCK=n
	default CLOCK

config EASY
	tristate "A driver that uses a clock if there is one"
	depends on CLOCK_OPTIONAL

config TIMED
	tristate "A driver that needs the clock"
	depends on CLOCK

config UNTIMED
	tristate "A driver that cannot be where the clock is"
	depends on !CLOCK

config FOREIGN
	tristate "A driver of another architecture"
	depends on SPARC
`;

const [easy, timed, untimed, foreign] = ["easy", "timed", "untimed", "foreign"].map(
  (n) => `drivers/${n}.c`,
) as [string, string, string, string];

const tree = () =>
  writeTree({
    ...coreFiles,
    Kconfig: kconfig,
    "drivers/Makefile":
      "obj-$(CONFIG_EASY) += easy.o\nobj-$(CONFIG_TIMED) += timed.o\nobj-$(CONFIG_UNTIMED) += untimed.o\nobj-$(CONFIG_FOREIGN) += foreign.o\n",
    [easy]: "",
    [timed]: "",
    [untimed]: "",
    [foreign]: "",
  });

function configured(drivers: readonly string[]) {
  const { fragment, drivers: results } = kernelConfig(tree(), drivers);
  const lines = fragment.split("\n").filter((line) => /CLOCK|EASY|TIMED/.test(line));
  return { lines: lines.sort(), why: results.map(({ why }) => why) };
}

test("what one driver does well without is set for another that needs it", () => {
  expect(configured([easy]).lines).toContain("# CONFIG_CLOCK is not set");
  const lines = ["CONFIG_CLOCK=y", "CONFIG_EASY=y", "CONFIG_TIMED=y"];
  expect(configured([easy, timed])).toEqual({ lines, why: [undefined, undefined] });
  expect(configured([timed, easy])).toEqual({ lines, why: [undefined, undefined] });
});

test("of two drivers that cannot be in one kernel the first is, and the other says why it is not", () => {
  const lines = ["# CONFIG_CLOCK is not set", "CONFIG_UNTIMED=y"];
  const { lines: those, why } = configured([untimed, timed]);
  expect(those).toEqual(lines);
  expect(why[0]).toBeUndefined();
  expect(why[1]).toMatch(/^it cannot be in one kernel with drivers\/untimed\.c: .*CONFIG_CLOCK/);
});

test("who cannot be with the others has a kernel of its own, and who can be in none says why", () => {
  const { kernels, impossible } = configurable(tree(), [easy, untimed, timed, foreign]);
  expect(kernels).toEqual([[easy, untimed], [timed]]);
  expect(impossible).toEqual([{ driver: foreign, why: expect.stringContaining("CONFIG_SPARC") }]);
});
