#include "shapes/shapes.h"

int main(void)
{
	shape_print("circle", circle_area(2));
	shape_print("square", square_area(3));
	return 0;
}
