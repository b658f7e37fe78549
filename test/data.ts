/** The real mail and the hand-made labels that tests read: the folder shared/data beside the project, or TREEWIDE_DATA. */
import { resolve } from "node:path";

const folder = process.env.TREEWIDE_DATA ?? resolve(import.meta.dirname, "../../shared/data");

/** The thread of the series of February 2026, mboxrd. */
export const seedThread = `${folder}/seed-thread.mbox`;
/** Half a year of linux-pci, a git bundle of a public-inbox epoch. */
export const bundle = `${folder}/linux-pci-2021h1.bundle`;
/** Drivers of Linux 7.3, labelled by hand. */
export const labels = `${folder}/labels-sample.json`;
