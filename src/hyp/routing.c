/* SPDX-License-Identifier: BSD-2-Clause */
/* From what a VMM names an interrupt by, GSI or irq word, to PPI and SPI. */
#include "hyp.h"

#define NO_ROUTE 0u

/* ---- GSI routes ---- */

static void replace(struct vgic5_vm *vm, uint16_t *routes, uint32_t count)
{
	uint16_t *old = NULL;
	uint32_t old_count = 0;

	port_lock(vm_port(vm), &vm->virs.lock);
	old = vm->routes;
	old_count = vm->route_count;
	vm->routes = routes;
	vm->route_count = count;
	port_unlock(vm_port(vm), &vm->virs.lock);
	if (old)
		port_free(vm_port(vm), old, old_count * sizeof(*old));
}

static int check_route(const struct vgic5_irq_route *route)
{
	if (route->flags || route->gsi >= VGIC5_MAX_IRQ_ROUTES)
		return -VGIC5_E_INVAL;
	if (route->type == VGIC5_IRQ_ROUTING_MSI)
		return -VGIC5_E_NODEV;
	if (route->type != VGIC5_IRQ_ROUTING_IRQCHIP || route->u.irqchip.irqchip ||
	    route->u.irqchip.pin >= VGIC5_MAX_SPIS)
		return -VGIC5_E_INVAL;
	return 0;
}

/* The size of the table that the routes need, or an error. */
static int check_routes(const struct vgic5_irq_route *routes, uint32_t count, uint32_t *size)
{
	*size = 0;
	if (count > VGIC5_MAX_IRQ_ROUTES)
		return -VGIC5_E_INVAL;
	for (uint32_t i = 0; i < count; i++) {
		const int rc = check_route(&routes[i]);

		if (rc)
			return rc;
		if (routes[i].gsi >= *size)
			*size = routes[i].gsi + 1;
	}
	return 0;
}

int vgic5_set_gsi_routing(struct vgic5_vm *vm, const struct vgic5_irq_route *routes, uint32_t count)
{
	uint16_t *table = NULL;
	uint32_t size = 0;
	int rc = check_routes(routes, count, &size);

	if (rc)
		return rc;
	if (size == 0)
		size = 1; /* an empty table is a table: nothing is routed */
	table = port_alloc(vm_port(vm), size * sizeof(*table));
	if (!table)
		return -VGIC5_E_NOMEM;
	for (uint32_t i = 0; i < count; i++) {
		if (table[routes[i].gsi] != NO_ROUTE) {
			port_free(vm_port(vm), table, size * sizeof(*table));
			return -VGIC5_E_INVAL;
		}
		table[routes[i].gsi] = (uint16_t)(routes[i].u.irqchip.pin + 1);
	}
	replace(vm, table, size);
	vm->default_routes = false;
	return 0;
}

/* GSI i is SPI i, unless the VMM said otherwise before. */
int vgic5_routing_default(struct vgic5_vm *vm)
{
	uint16_t *table = NULL;

	if (vm->routes)
		return 0;
	table = port_alloc(vm_port(vm), vm->spi_count * sizeof(*table));
	if (!table)
		return -VGIC5_E_NOMEM;
	for (uint32_t i = 0; i < vm->spi_count; i++)
		table[i] = (uint16_t)(i + 1);
	replace(vm, table, vm->spi_count);
	vm->default_routes = true;
	return 0;
}

void vgic5_routing_free(struct vgic5_vm *vm)
{
	replace(vm, NULL, 0);
	vm->default_routes = false;
}

int vgic5_inject_gsi(struct vgic5_vm *vm, struct port_pe *pe, uint32_t gsi, bool level)
{
	uint32_t route = NO_ROUTE;

	port_lock(vm_port(vm), &vm->virs.lock);
	if (gsi < vm->route_count)
		route = vm->routes[gsi];
	port_unlock(vm_port(vm), &vm->virs.lock);
	if (route == NO_ROUTE)
		return -VGIC5_E_INVAL;
	return vgic5_inject_spi(vm, pe, route - 1, level, NULL); /* R52: the pin may be too high */
}

/* ---- KVM_IRQ_LINE ---- */

static int line_of_ppi(struct vgic5_vm *vm, uint32_t irq, uint32_t number, bool level)
{
	const uint32_t index = ((irq >> VGIC5_IRQ_VCPU2_SHIFT) & 0xf) * 256 +
			       ((irq >> VGIC5_IRQ_VCPU_SHIFT) & 0xff);

	if (number >= VGIC5_NR_PPIS || !(vm->userspace_ppis[0] & bank_bit(number)) ||
	    index >= vm->vcpu_count)
		return -VGIC5_E_INVAL;
	return vgic5_inject_ppi(vm->vcpus[index], number, level, NULL);
}

int vgic5_irq_line(struct vgic5_vm *vm, const struct vgic5_irq_level *line)
{
	const uint32_t number = line->irq & VGIC5_IRQ_NUM_MASK;

	if (!vm->device)
		return -VGIC5_E_NXIO;
	switch ((line->irq >> VGIC5_IRQ_TYPE_SHIFT) & 0xf) {
	case VGIC5_IRQ_TYPE_CPU: return -VGIC5_E_NXIO;
	case VGIC5_IRQ_TYPE_SPI:
		return vgic5_inject_spi(vm, vm->host->service, number, line->level, NULL);
	case VGIC5_IRQ_TYPE_PPI:
		if (!atomic_load(&vm->initialised))
			return -VGIC5_E_BUSY;
		return line_of_ppi(vm, line->irq, number, line->level);
	default: return -VGIC5_E_INVAL;
	}
}

int vgic5_check_device_intid(uint32_t expected, uint32_t intid)
{
	return intid == expected ? 0 : -VGIC5_E_INVAL;
}
