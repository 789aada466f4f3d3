/* shapes.h -- areas of plane figures. */
#ifndef SHAPES_H
#define SHAPES_H

double circle_area(double radius);
double square_area(double side);

/* Prints "NAME......... AREA" on one line. */
void shape_print(const char *name, double area);

#endif
