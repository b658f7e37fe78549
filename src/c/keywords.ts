/** Words that tell what begins: a type, a statement, or something that says more about either. */

export const typeKeywords = new Set(
  "struct union enum const volatile static register extern inline unsigned signed void char short int long float double bool _Bool auto __auto_type typeof __typeof__ typeof_member u8 u16 u32 u64 s8 s16 s32 s64 __u8 __u16 __u32 __u64 __le16 __le32 __le64 __be16 __be32 __be64 size_t ssize_t dma_addr_t resource_size_t irqreturn_t pm_message_t pci_power_t gfp_t phys_addr_t uintptr_t acpi_status acpi_handle".split(
    " ",
  ),
);
/** What may stand beside a type and says nothing here. */
export const qualifiers = new Set(
  "const volatile static register extern inline __inline __always_inline __maybe_unused __always_unused __unused __iomem __user __percpu __rcu __force __kernel __bitwise __restrict restrict __init __exit __initdata __initconst __refdata __read_mostly __ro_after_init __cacheline_aligned __must_check __cold __hot __packed __attribute_const__ noinline asmlinkage notrace __visible __weak __pure __private __nocast __safe __nonstring __deprecated __nocfi".split(
    " ",
  ),
);
export const statementKeywords = new Set(
  "if else while for do switch case default return break continue goto sizeof".split(" "),
);
