/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's physical address space and the SPIs of its devices. docs/running.md shows it to users. */
#ifndef VMM_LAYOUT_H
#define VMM_LAYOUT_H

#define LAYOUT_IRS           0x08000000ULL /* CONFIG frame, then the SETLPI frame, 64 KiB each */
#define LAYOUT_IRS_FRAME     0x10000ULL
#define LAYOUT_UART          0x09000000ULL
#define LAYOUT_RTC           0x09010000ULL
#define LAYOUT_PVPANIC       0x09020000ULL
#define LAYOUT_VIRTIO        0x0a000000ULL
#define LAYOUT_VIRTIO_STRIDE 0x200ULL
#define LAYOUT_RAM           0x40000000ULL
#define LAYOUT_IPA_BITS      40
#define LAYOUT_RAM_MAX       ((1ULL << LAYOUT_IPA_BITS) - LAYOUT_RAM)

#define LAYOUT_SPI_UART   1
#define LAYOUT_SPI_RTC    2
#define LAYOUT_SPI_VIRTIO 16 /* and one each after it */
#define LAYOUT_SPIS       64
#define LAYOUT_VIRTIO_MAX (LAYOUT_SPIS - LAYOUT_SPI_VIRTIO)

#define LAYOUT_PPI_TIMER_SECURE   29
#define LAYOUT_PPI_TIMER_PHYS     30
#define LAYOUT_PPI_TIMER_VIRT     27
#define LAYOUT_PPI_TIMER_HYP      26
#define LAYOUT_PPI_TIMER_HYP_VIRT 28

#define LAYOUT_CPUS_MAX 512

/* MPIDR affinity of vCPU number @index: 256 to a cluster */
#define LAYOUT_MPIDR(index) ((uint64_t)((index)&0xff) | (uint64_t)((index) >> 8) << 8)

#endif
