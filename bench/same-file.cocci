// Files in which a device is enabled with devres, vectors are allocated, and vectors are freed: no paths, no calls.
// What coccinelle can say of who owns them, for bench/audit.ts.

@enables@
@@
pcim_enable_device(...)

@allocates depends on enables@
@@
(
pci_alloc_irq_vectors(...)
|
pci_alloc_irq_vectors_affinity(...)
|
pci_enable_msi(...)
|
pci_enable_msix_range(...)
|
pci_enable_msix_exact(...)
)

@depends on allocates@
@@
(
* pci_free_irq_vectors(...)
|
* pci_disable_msi(...)
|
* pci_disable_msix(...)
)
