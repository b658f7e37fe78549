import { expect, test } from "vitest";
import { nameInKernel, type RegisteredDriver } from "../../src/boot/registered-drivers.js";
import { parseTraceLine, withoutSpaces } from "../../src/boot/trace.js";
import { SourceFile } from "../../src/c/source.js";

/** A driver in a file, as the audit finds it, for what its name depends on. */
function found(path: string, variable: string) {
  const file = new SourceFile(
    path,
    `static int probe(struct pci_dev *pdev, const struct pci_device_id *id) { return 0; }
     static struct pci_driver ${variable} = { .name = ODD_NAME, .probe = probe };`,
  );
  const code = {
    programs: [] as never,
    probe: file.functions.get("probe")!,
    ids: [],
    remove: [],
    callbacks: [],
    allocatingFiles: new Set<string>(),
    tokens: 0,
  };
  return { variable: file.variables.get(variable)!, code };
}

const registered = (name: string, variable: string, file?: string): RegisteredDriver => ({
  name,
  probe: "probe",
  variable,
  file,
});

test("of drivers with probe functions of one name the one in the driver's file is it", () => {
  const list = [
    registered("one", "adf_driver", "drivers/a/x.c"),
    registered("two", "adf_driver", "drivers/b/x.c"),
  ];
  expect(nameInKernel(found("drivers/b/x.c", "adf_driver"), list)).toBe("two");
  expect(nameInKernel(found("drivers/c/x.c", "adf_driver"), list)).toBeUndefined();
});

test("of drivers with one probe function the one whose variable is called so is it", () => {
  const list = [registered("one", "first", "drivers/a.c"), registered("two", "second", "drivers/a.c")];
  expect(nameInKernel(found("drivers/a.c", "second"), list)).toBe("two");
});

test("a driver that a function fills in is known by its probe function", () => {
  const list = [registered("spectrum", "mlxsw_sp_pci_driver", "drivers/a.c")];
  expect(nameInKernel(found("drivers/a.c", "pci_driver_register"), list)).toBe("spectrum");
});

test("a line of the kernel's list is read, spaces of a name included", () => {
  expect(withoutSpaces("PMC MaxRAID")).toBe("PMC%20MaxRAID");
  expect(
    parseTraceLine(
      "[ 1.5] tw: driver PMC%20MaxRAID at=ffffffff81234560 probe=pmcraid_probe variable=pmcraid_driver",
    ),
  ).toEqual({
    kind: "driver",
    name: "PMC MaxRAID",
    address: 0xffffffff81234560n,
    probe: "pmcraid_probe",
    variable: "pmcraid_driver",
  });
  expect(parseTraceLine("tw: did bind PMC%20MaxRAID errno=19")).toMatchObject({ target: "PMC MaxRAID" });
});
