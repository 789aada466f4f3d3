int greet;
