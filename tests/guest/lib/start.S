/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry, exception vectors and the little that C cannot say, for bare-metal test programs.
 *
 * The program is a flat arm64 Image that runs at any address aligned to 2 MiB: it relocates itself.
 * It starts at EL1 with the MMU off and the device tree (or 0) in X0.
 */
	.section .head, "ax"
	.globl	_head
_head:
	b	_start
	.word	0
	.quad	0			/* text offset */
	.quad	_end - _head		/* image size, with BSS */
	.quad	0xa			/* little-endian, 4K pages, anywhere in memory */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.word	0

_start:
	mov	x20, x0
	msr	daifset, #15
	adrp	x0, boot_stack_top
	add	x0, x0, :lo12:boot_stack_top
	mov	sp, x0

	/* apply the relative relocations; the image is linked at 0 */
	adr	x0, _head
	adrp	x1, _rela_start
	add	x1, x1, :lo12:_rela_start
	adrp	x2, _rela_end
	add	x2, x2, :lo12:_rela_end
1:	cmp	x1, x2
	b.hs	2f
	ldp	x3, x4, [x1], #16
	ldr	x5, [x1], #8
	cmp	w4, #1027		/* R_AARCH64_RELATIVE */
	b.ne	1b
	add	x5, x5, x0
	str	x5, [x0, x3]
	b	1b
2:	adrp	x1, _bss_start
	add	x1, x1, :lo12:_bss_start
	adrp	x2, _end
	add	x2, x2, :lo12:_end
3:	cmp	x1, x2
	b.hs	4f
	stp	xzr, xzr, [x1], #16
	b	3b
4:	bl	set_vectors
	mov	x0, x20
	bl	guest_boot
	b	.

/* PSCI CPU_ON with the new CPU's struct percpu in X0; its first member is the stack pointer */
	.globl	secondary_start
secondary_start:
	msr	daifset, #15
	ldr	x1, [x0]
	mov	sp, x1
	mov	x20, x0
	bl	set_vectors
	mov	x0, x20
	bl	guest_secondary
	b	.

set_vectors:
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	msr	vbar_el1, x1
	mov	x1, #(3 << 20)		/* floating point is not trapped */
	msr	cpacr_el1, x1
	isb
	ret

/* ---- exceptions ------------------------------------------------------------------------------------ */

	.macro	vector n
	.balign	128
	sub	sp, sp, #304
	stp	x0, x1, [sp]
	mov	x0, #\n
	b	take
	.endm

	.section .text
	.balign	2048
	.globl	vectors
vectors:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vector	\n
	.endr

take:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	stp	x30, x0, [sp, #240]
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	stp	x1, x2, [sp, #256]
	mrs	x1, esr_el1
	mrs	x2, far_el1
	stp	x1, x2, [sp, #272]
	mov	x0, sp
	bl	guest_exception
	ldp	x1, x2, [sp, #256]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldr	x30, [sp, #240]
	ldp	x0, x1, [sp]
	add	sp, sp, #304
	eret

/* bool try_call(void (*fn)(void *), void *arg, struct jump *jump): call, true if an exception ended it */
	.globl	try_call
try_call:
	stp	x19, x20, [x2]
	stp	x21, x22, [x2, #16]
	stp	x23, x24, [x2, #32]
	stp	x25, x26, [x2, #48]
	stp	x27, x28, [x2, #64]
	stp	x29, x30, [x2, #80]
	mov	x3, sp
	mrs	x4, daif
	stp	x3, x4, [x2, #96]
	mov	x3, x0
	mov	x0, x1
	str	x30, [sp, #-16]!
	blr	x3
	ldr	x30, [sp], #16
	mov	x0, #0
	ret

/* void try_return(struct jump *jump): make try_call() return true */
	.globl	try_return
try_return:
	ldp	x19, x20, [x0]
	ldp	x21, x22, [x0, #16]
	ldp	x23, x24, [x0, #32]
	ldp	x25, x26, [x0, #48]
	ldp	x27, x28, [x0, #64]
	ldp	x29, x30, [x0, #80]
	ldp	x3, x4, [x0, #96]
	mov	sp, x3
	msr	daif, x4
	mov	x0, #1
	ret

/* void el0_enter(struct el0_args *): {pc, sp, x0, spsr}; leaves by an exception only */
	.globl	el0_enter
el0_enter:
	ldp	x1, x2, [x0]
	ldp	x0, x3, [x0, #16]
	msr	elr_el1, x1
	msr	sp_el0, x2
	msr	spsr_el1, x3
	isb
	eret

	.section .bss
	.balign	16
	.space	32768
	.globl	boot_stack_top
boot_stack_top:
