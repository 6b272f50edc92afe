"""A room of pupils: state on disk, stops of the lesson, deal of trainings, wall."""
