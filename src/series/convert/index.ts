/** All conversions. A new rule is a file of its own and a row here. */
import { allocVectors } from "./alloc-vectors.js";
import type { Conversion } from "./conversion.js";
import { enableMsi } from "./enable-msi.js";
import { enableMsix } from "./enable-msix.js";

/** From a plain allocation to a managed one. */
export const toManaged: readonly Conversion[] = [allocVectors, enableMsi, enableMsix];

export { dropFree } from "./drop-free.js";
export { ownAction } from "./own-action.js";
